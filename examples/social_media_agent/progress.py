"""What a person sees during the run: one line that is redrawn on a terminal, now and then a line
elsewhere."""
import shutil
import sys
import time

STATUSES = ("RECEIVED", "ENRICHING", "ENRICHED", "WAITING_FOR_REVIEW", "APPROVED", "REJECTED",
            "ACTION_TRIGGERED", "COMPLETED")


class Progress:
    def __init__(self, out=sys.stdout, plain_every_s=3.0):
        self._out = out
        self._is_terminal = out.isatty()
        self._plain_every_s = plain_every_s
        self._begun = time.monotonic()
        self._last_plain = 0.0

    def say(self, text):
        """A fact worth keeping: its own line."""
        self._clear()
        print(f"[{self._elapsed():6.1f} s] {text}", file=self._out, flush=True)

    def show(self, text):
        """The state of now: redrawn, or printed from time to time where nobody can redraw."""
        if self._is_terminal:
            width = shutil.get_terminal_size().columns
            self._out.write("\r\x1b[2K" + f"[{self._elapsed():6.1f} s] {text}"[: width - 1])
            self._out.flush()
        elif time.monotonic() - self._last_plain >= max(self._plain_every_s, self._elapsed() / 50):
            self._last_plain = time.monotonic()
            self.say(text)

    def _clear(self):
        if self._is_terminal:
            self._out.write("\r\x1b[2K")

    def _elapsed(self):
        return time.monotonic() - self._begun


def describe(statuses, queues, retries):
    """One line: workflows per status, steps per queue, retries so far."""
    counts = " ".join(f"{name} {statuses[name]}" for name in STATUSES if statuses.get(name))
    depths = " ".join(f"{name} {depth}" for name, depth in sorted(queues.items()) if depth)
    return f"{counts or 'no workflow yet'} | queued: {depths or 'none'} | retries {retries}"
