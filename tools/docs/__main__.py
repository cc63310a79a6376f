"""`make docs`: update the generated parts of the documentation and the diagrams."""

from seqframe.config import PROJECT_ROOT
from tools.docs.diagrams import write_diagrams
from tools.docs.pages import write_pages

if __name__ == "__main__":
    for path in [*write_pages(), *write_diagrams()]:
        print(f"Updated {path.relative_to(PROJECT_ROOT)}")
