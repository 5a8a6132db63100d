"""What the workflows of the cluster's tests do."""

SIMPLE = """\
document: { dsl: '1.0.3', namespace: tests, name: simple, version: '1.0.0' }
do:
  - answer: { set: { id: "${ .id }", done: true } }
"""

STEP = """\
document: { dsl: '1.0.3', namespace: tests, name: step, version: '1.0.0' }
do:
  - work: { call: work, with: { n: "${ .n }" } }
"""

LISTEN = """\
document: { dsl: '1.0.3', namespace: tests, name: listening, version: '1.0.0' }
do:
  - hear: { listen: { to: { one: { with: { type: tests.news } } } } }
"""

CHILD = """\
document: { dsl: '1.0.3', namespace: tests, name: child, version: '1.0.0' }
do:
  - pause: { wait: { milliseconds: 50 } }
  - answer: { set: { twice: "${ .n * 2 }" } }
"""

# Three children one after the other; their names fall into any shard.
PARENT = """\
document: { dsl: '1.0.3', namespace: tests, name: parent, version: '1.0.0' }
do:
  - first: { run: { workflow: { namespace: tests, name: child, version: '1.0.0', input: { n: 1 } } } }
  - second: { run: { workflow: { namespace: tests, name: child, version: '1.0.0', input: { n: 2 } } } }
  - third: { run: { workflow: { namespace: tests, name: child, version: '1.0.0', input: { n: 3 } } } }
"""

EMITTER = """\
document: { dsl: '1.0.3', namespace: tests, name: emitter, version: '1.0.0' }
do:
  - tell:
      emit: { event: { with: { source: 'https://tests.example/emitter', type: tests.news, data: { from: "${ .id }" } } } }
"""

SCHEDULED = """\
document: { dsl: '1.0.3', namespace: tests, name: NAME, version: '1.0.0' }
schedule: { every: { milliseconds: 300 } }
do:
  - answer: { set: { done: true } }
"""

ALL = (SIMPLE, STEP, LISTEN, CHILD, PARENT, EMITTER)
