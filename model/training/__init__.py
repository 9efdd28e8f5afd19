"""Training the LSTM; needs torch, numpy and safetensors only."""
