"""Runs a command on a pseudo-terminal: terminal.py COLUMNS ROWS COMMAND...

What the command prints goes to stdout, what comes on stdin is typed, and the exit code
is the command's.
"""

import fcntl
import os
import pty
import select
import struct
import sys
import termios

columns, rows, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
child, terminal = pty.fork()
if child == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    os.execvp(command[0], command)

inputs = [terminal, 0]
while True:
    ready, _, _ = select.select(inputs, [], [])
    if 0 in ready:
        typed = os.read(0, 4096)
        if typed:
            os.write(terminal, typed)
        else:
            inputs.remove(0)
    if terminal in ready:
        try:
            printed = os.read(terminal, 65536)
        except OSError:  # how Linux tells that the other side is closed
            break
        if not printed:
            break
        os.write(1, printed)

_, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status))
