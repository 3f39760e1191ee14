"""The monthly run: notebooks by papermill, workers, outputs and their manifest."""
