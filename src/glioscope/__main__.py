"""`python -m glioscope`, the same as the `glioscope` command."""

from glioscope.cli.main import run

if __name__ == "__main__":
    run()
