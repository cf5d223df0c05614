"""How AWS's requests and answers are written as bytes, driven by botocore's service models."""
