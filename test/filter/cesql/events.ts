import type { CompileOptions } from '../../../src/filter/index.js'
import type { TestEvent } from '../frames.js'
import { typeOf } from '../model.js'

export const options: CompileOptions = { typeOf, epoch: () => 'k3x9' }

export const usual: TestEvent = { tag: 'a/b', source: 'salt/master', kind: 3, seq: 7, time: 1e6 }
