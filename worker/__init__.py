"""Takes a request and makes a piece of it: sample, render, encode, draw."""

import os

# Unless this is set before it is imported, ONNX Runtime 1.32 tells its makers over the internet of
# every process that uses it, under an id that it keeps in the user's folder; its Privacy.md says so.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
