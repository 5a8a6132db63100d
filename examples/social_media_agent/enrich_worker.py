"""Executes the steps of the queue `enrich`: asks the enrichment service about a post."""
import endure

import worker_options
from deliveries import Deliveries
from outside import Outside


def main():
    options = worker_options.read(__doc__)
    outside = Outside(options.world)
    deliveries = Deliveries(options.deliveries)
    worker = endure.Worker(options.node)

    @worker.step("enrich")
    @deliveries.noted
    def enrich(arguments, step):
        # Nothing is changed out there, so this call needs no idempotency key.
        answer = outside.post("/enrichment", {"post": arguments["post"]}, with_token=True)
        if not isinstance(answer.get("score"), (int, float)):
            raise endure.Retry("/enrichment: the score is missing")
        return answer

    worker.run()


if __name__ == "__main__":
    main()
