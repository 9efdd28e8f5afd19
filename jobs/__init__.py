"""The contract between fronts and workers: request, result, settings; imports nothing of ours."""
