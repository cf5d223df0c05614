"""The exercises of notebook 10, Parameter Store."""
