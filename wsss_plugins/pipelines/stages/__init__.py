"""Building blocks of pipeline files: stages and rows of reports."""
