"""Looking inside: what the emulated AWS did, and what its bytes say.

lab.trace, lab.keys(), lab.audit()   what happened, and what is remembered
lens.dissect(blob)                   what the bytes of a message mean; it never holds a key
lab.explain(error)                   which policy statements decided, and why
lens.decision(lab, who, action, ...) the same for a call that nobody has made
lens.decrypt_matrix(blobs)           which ciphertext opens in which region
lens.disk_block(lab, 0, snapshot)    a block of a disk as it lies there, and the key that it is under
lens.stored_object(lab, bucket, key)  an object's bytes as they lie on the disk
lens.key_states()                    a key's states, what leads where, what works in which
lens.reveal(lab, "alias/payroll")    the bytes that AWS never shows
lens.request_matrix(lab.serve(), ...) who gets an object over HTTP and HTTPS, by real requests
"""

from labkit.lens.disks import disk_block
from labkit.lens.dissect import dissect
from labkit.lens.explanation import Explanation
from labkit.lens.key_states import KeyStates, key_states
from labkit.lens.matrix import decrypt_matrix
from labkit.lens.objects import stored_object
from labkit.lens.request_matrix import ask, request_matrix
from labkit.lens.revealed import Revealed, reveal
from labkit.lens.supposed import decision
from labkit.lens.trace import Trace, TracedCall

__all__ = [
    "Explanation",
    "KeyStates",
    "Revealed",
    "Trace",
    "TracedCall",
    "ask",
    "decision",
    "decrypt_matrix",
    "disk_block",
    "dissect",
    "key_states",
    "request_matrix",
    "reveal",
    "stored_object",
]
