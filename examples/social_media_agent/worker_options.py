"""The command line that the example's workers share."""
import argparse


def read(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--node", default="tcp://127.0.0.1:7451", help="worker gateway of the node")
    parser.add_argument("--world", required=True, help="base URL of the outer world")
    parser.add_argument("--deliveries", help="file in which to note each step (for the report)")
    return parser.parse_args()
