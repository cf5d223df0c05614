"""The exercises of notebook 02: asymmetric encryption and signatures."""
