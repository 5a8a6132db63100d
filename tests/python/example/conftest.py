import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
for folder in (ROOT / "clients" / "python", ROOT / "examples" / "social_media_agent"):
    sys.path.insert(0, str(folder))
