"""`python -m cli` is `etude`."""

from cli.main import main

if __name__ == "__main__":
    main()
