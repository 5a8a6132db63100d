"""Whether a figure that was sampled over a long run is flat in its end. Pure."""

from statistics import median

FEWEST_ROUNDS = 8  # in the last half; with less nothing can be said

# Of each figure: how much it may grow over the last half, as a part of its middle, and at least as a number.
BOUNDS = {
    "anonymous_mb": (0.05, 2.0),
    "children_mb": (0.05, 2.0),
    "descriptors": (0.05, 2),
    "threads": (0.05, 2),
    "map_used_mb": (0.10, 1.0),
    "file_mb": (0.10, 1.0),
    "readers": (0.10, 2),
    "reader_behind": (0.10, 50),
    "workflows": (0.20, 20),
}


class Verdict:
    """`grown`: how much the figure is greater at the end of the last half than at its beginning, by the
    slope of its rounds; None where there are too few of them."""

    def __init__(self, figure, values):
        half = values[len(values) // 2:]
        self.figure = figure
        self.first = values[0] if values else None
        self.middle = median(half) if half else None
        self.grown = slope(half) * (len(half) - 1) if len(half) >= FEWEST_ROUNDS else None
        share, least = BOUNDS[figure]
        self.bound = max(share * self.middle, least) if half else least

    @property
    def is_flat(self):
        """None: nobody can say."""
        return None if self.grown is None else self.grown <= self.bound

    def __str__(self):
        if self.grown is None:
            return f"{self.figure}: too few rounds to say"
        word = "flat " if self.is_flat else "GROWS"
        return (f"{word} {self.figure}: {self.middle:.1f} in the last half, over which it grew by "
                f"{self.grown:.1f} (bound {self.bound:.1f})")


def slope(values):
    """The median of the slopes between all pairs: a few wild values do not move it."""
    slopes = [(b - a) / (j - i) for i, a in enumerate(values)
              for j, b in enumerate(values) if j > i]
    return median(slopes) if slopes else 0.0


def by_round(rows, figure, part):
    """The median of each round's samples of one part of it: what compares like with like."""
    rounds = {}
    for row in rows:
        if row["part"] == part:
            rounds.setdefault(row["round"], []).append(row[figure])
    return [median(values) for _, values in sorted(rounds.items())]


def verdicts(rows, part):
    return [Verdict(figure, by_round(rows, figure, part)) for figure in BOUNDS]
