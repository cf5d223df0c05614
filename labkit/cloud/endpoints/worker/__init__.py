"""The third door: code of the lab's Lambda functions, each in a process of its own, with a pipe to the lab.

The lab starts the process and hands it events; the process hands back what the code answers, and on the way
every request that a boto3 client in it would have sent to AWS.

    frames        what goes through the pipe
    child, code   the program inside: it loads the function's code and calls its handler
    wire          the hook that leads botocore's requests into the pipe
    process       one process and its pipe
    environment   what becomes of an event in it
    pool          those that are there, to be used again

Source: Lambda Developer Guide, "Understanding the Lambda execution environment lifecycle".
"""
