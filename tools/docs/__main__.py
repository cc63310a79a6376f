"""`make docs`: fill in what the pages of the manual have from code, and draw their pictures."""

from seqframe.config import PROJECT_ROOT
from tools.docs.drawings import write_drawings
from tools.docs.pages import write_pages

if __name__ == "__main__":
    for path in [*write_pages(), *write_drawings()]:
        print(f"Written anew: {path.relative_to(PROJECT_ROOT)}")
