"""Lines over two axes, as SVG text. By hand: a plot that lies in the repository should be small and readable."""

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 720, 80, 190, 30, 50


def round_up(value):
    """A number that reads well, at least as great as a positive one."""
    size = 1.0
    while size > value:
        size /= 10
    while size * 10 <= value:
        size *= 10
    top = next(step * size for step in (1, 2, 5, 10) if step * size >= value)
    return int(top) if top == int(top) else top


class Panel:
    """One pair of axes. `top`: the greatest y; `left`, `right`: the ends of x; `y`: where the panel begins."""

    def __init__(self, title, top, left, right, height=400, y=0):
        self._top, self._left, self._right = top, left, right
        self._y, self._height = y + TOP, height - TOP - BOTTOM
        self._width = WIDTH - LEFT - RIGHT
        self._legend = 0
        self.out = [f'<text x="{LEFT}" y="{y + 18}" font-weight="bold">{title}</text>']
        for i in range(5):
            value = top * i / 4
            at = self._at_y(value)
            self.out.append(f'<line x1="{LEFT}" x2="{LEFT + self._width}" y1="{at:.1f}" y2="{at:.1f}" stroke="#ddd"/>')
            self.out.append(f'<text x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{_number(value)}</text>')

    def _at_x(self, x):
        span = self._right - self._left
        return LEFT + self._width * ((x - self._left) / span if span else 0.5)

    def _at_y(self, y):
        return self._y + self._height * (1 - y / self._top)

    def tick(self, x, text):
        self.out.append(f'<text x="{self._at_x(x):.1f}" y="{self._y + self._height + 20}" '
                        f'text-anchor="middle">{text}</text>')

    def line(self, points, colour, name, dashed=False, dots=False, width=2):
        at = [(self._at_x(x), self._at_y(y)) for x, y in points]
        dash = ' stroke-dasharray="5 4"' if dashed else ""
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
        self.out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}"{dash}/>')
        if dots:
            self.out += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in at]
        y = self._y + 20 + 22 * self._legend
        self._legend += 1
        self.out.append(f'<rect x="{WIDTH - RIGHT + 15}" y="{y - 10}" width="12" height="12" fill="{colour}"/>')
        self.out.append(f'<text x="{WIDTH - RIGHT + 33}" y="{y}">{name}</text>')


def _number(value):
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"


def page(panels, height):
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" '
           'font-size="13">', f'<rect width="{WIDTH}" height="{height}" fill="white"/>']
    for panel in panels:
        out += panel.out
    return "\n".join(out + ["</svg>"]) + "\n"
