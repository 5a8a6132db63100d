"""Executes the steps that change something out there: CRM, chat, reminder, draft.

Each call carries the step's idempotency key, which is the same for every attempt at the step. A worker
that dies after the CRM has done its part, and before the node knows, is followed by another that asks
again with the same key; the CRM recognises it.
"""
import endure

import worker_options
from deliveries import Deliveries
from outside import Outside


def main():
    options = worker_options.read(__doc__)
    outside = Outside(options.world)
    deliveries = Deliveries(options.deliveries)
    worker = endure.Worker(options.node)

    @worker.step("crm")
    @deliveries.noted
    def crm(arguments, step):
        return outside.post(
            "/crm/contacts", {"post": arguments["post"], "enriched": arguments["enriched"]},
            key=step.idempotency_key, with_token=True)

    @worker.step("chat")
    @deliveries.noted
    def chat(arguments, step):
        post = arguments["post"]
        text = f"{post.get('author', 'somebody')}: {post.get('text', '')}"
        return outside.post("/chat/messages", {"post": post, "text": text},
                            key=step.idempotency_key)

    @worker.step("remind")
    @deliveries.noted
    def remind(arguments, step):
        post, number = arguments["post"], arguments["number"]
        return outside.post(
            "/chat/messages",
            {"post": post, "effect": f"reminder {number}",
             "text": f"post {post['id']} still waits for a reviewer"},
            key=step.idempotency_key)

    @worker.step("draft")
    @deliveries.noted
    def draft(arguments, step):
        return outside.post(
            "/drafts", {"post": arguments["post"], "enriched": arguments["enriched"]},
            key=step.idempotency_key)

    worker.run()


if __name__ == "__main__":
    main()
