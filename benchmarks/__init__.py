"""What is measured against whom. Run by `make bench`; nothing here is part of the package."""
