import type { Benchmark } from './harness/row.js'
import { durableAck } from './rows/durable-ack.js'
import { latency } from './rows/latency.js'
import { replay } from './rows/replay.js'
import { uds1to1 } from './rows/uds-1-1.js'
import { uds1to10 } from './rows/uds-1-10.js'

export const benchmarks: Benchmark[] = [uds1to1, uds1to10, durableAck, latency, replay]
