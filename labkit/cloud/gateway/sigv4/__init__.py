"""Signature Version 4, read from the server's side: read a signature, repeat its derivation, compare.

claim        what a request says of its signature: who, when, for which scope, over which headers
derivation   canonical request -> string to sign -> signing key -> signature
chunks       a body that is signed piece by piece
rules        what must hold before a signature is believed
refusals     how each of AWS's protocols says no
"""
