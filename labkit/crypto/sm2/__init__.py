"""SM2: elliptic-curve cryptography by China's standards (GB/T 32918), offered by KMS in its regions there.

    curve       points on one 256-bit curve, and how to multiply them
    keys        private and public keys, and their DER
    signature   SM2DSA
    encryption  SM2PKE

Nothing in here is constant in time: see `curve`.
"""
