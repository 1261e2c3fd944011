import { currentPart } from '../parts/boundary.js'
import { coreAnswer } from '../parts/core.js'
import type { Bucket, StateChange, StateEntry, StateStore } from './state-store.js'

/** The state store as parts of the hub use it: a fault in it is one of the core, whoever has asked. */
export function guardState(store: StateStore): StateStore {
  return {
    isNew: store.isNew,
    bucket: (name, options) => guardBucket(store.bucket(name, options)),
    close: () => store.close(),
  }
}

function guardBucket(bucket: Bucket): Bucket {
  return {
    damaged: bucket.damaged,
    reportDamage: (key, why) => bucket.reportDamage(key, why),
    get: (key) => coreAnswer(() => bucket.get(key)),
    put: (key, value) => coreAnswer(() => bucket.put(key, value)),
    putAll: (entries) => coreAnswer(() => bucket.putAll(entries)),
    compareAndSet: (...given) => coreAnswer(() => bucket.compareAndSet(...given)),
    delete: (key) => coreAnswer(() => bucket.delete(key)),
    list: (...given) => guardList(bucket.list(...given)),
    watch: (prefix, listener) => bucket.watch(prefix, guardListener(listener)),
  }
}

async function* guardList(entries: AsyncIterable<StateEntry>): AsyncIterable<StateEntry> {
  const iterator = entries[Symbol.asyncIterator]()
  try {
    for (;;) {
      const { done, value } = await coreAnswer(() => iterator.next())
      if (done === true) return
      yield value
    }
  } finally {
    await iterator.return?.()
  }
}

/** A listener that throws takes nothing from the others, nor from the store. */
function guardListener(listener: (change: StateChange) => void): (change: StateChange) => void {
  return currentPart()?.guard(listener) ?? listener
}
