import type { Benchmark } from './harness/row.js'
import { append } from './rows/append.js'
import { bridgePeers } from './rows/bridge-peers.js'
import { cesql } from './rows/cesql.js'
import { consoleCpu } from './rows/console-cpu.js'
import { consoleFirstRow } from './rows/console-first-row.js'
import { consoleMemory } from './rows/console-memory.js'
import { consolePaint } from './rows/console-paint.js'
import { consoleRate } from './rows/console-rate.js'
import { costRights } from './rows/cost-rights.js'
import { costWalk } from './rows/cost-walk.js'
import { durableAck } from './rows/durable-ack.js'
import { edgeIdle } from './rows/edge-idle.js'
import { edges } from './rows/edges.js'
import { fleetAsk } from './rows/fleet-ask.js'
import { fleetHosts } from './rows/fleet-hosts.js'
import { gaps } from './rows/gaps.js'
import { histogram } from './rows/histogram.js'
import { hostile } from './rows/hostile.js'
import { httpBulk } from './rows/http-bulk.js'
import { idleTls } from './rows/idle-tls.js'
import { idleUds } from './rows/idle-uds.js'
import { idleWeb } from './rows/idle-ws.js'
import { js1to10 } from './rows/js-1-10.js'
import { jsAck } from './rows/js-ack.js'
import { jsHubs } from './rows/js-hubs.js'
import { jsLatency } from './rows/js-latency.js'
import { jsPublish } from './rows/js-publish.js'
import { jsReplay } from './rows/js-replay.js'
import { jsSuccession } from './rows/js-succession.js'
import { latency } from './rows/latency.js'
import { match100k } from './rows/match-100k.js'
import { memory10m } from './rows/memory-10m.js'
import { ncsGate } from './rows/ncs-gate.js'
import { ncsHeartbeat } from './rows/ncs-heartbeat.js'
import { ncsIdleMasks } from './rows/ncs-idle-masks.js'
import { ncsMask } from './rows/ncs-mask.js'
import { ncsStream } from './rows/ncs-stream.js'
import { netconf500, netconfIn } from './rows/netconf.js'
import { netconfOut } from './rows/netconf-out.js'
import { past } from './rows/past.js'
import { replay } from './rows/replay.js'
import { replayMemory } from './rows/replay-memory.js'
import { replaySlow } from './rows/replay-slow.js'
import { rules100 } from './rows/rules-100.js'
import { salt } from './rows/salt.js'
import { saltIdle } from './rows/salt-idle.js'
import { sctp1to1 } from './rows/sctp-1-1.js'
import { sctpParse } from './rows/sctp-parse.js'
import { sourceCost } from './rows/source-cost.js'
import { sse } from './rows/sse.js'
import { saltStalled, stalled } from './rows/stalled.js'
import { start10m } from './rows/start-10m.js'
import { sysadm1to1000 } from './rows/sysadm-1-1000.js'
import { sysadmBridge } from './rows/sysadm-bridge.js'
import { sysadmIdle } from './rows/sysadm-idle.js'
import { sysadmLogins } from './rows/sysadm-logins.js'
import { syslogTcp } from './rows/syslog-tcp.js'
import { tcp1to10 } from './rows/tcp-1-10.js'
import { uds1to1 } from './rows/uds-1-1.js'
import { uds1to10 } from './rows/uds-1-10.js'
import { webSocket } from './rows/ws.js'

export const benchmarks: Benchmark[] = [
  uds1to1,
  uds1to10,
  durableAck,
  latency,
  replay,
  replaySlow,
  replayMemory,
  append,
  match100k,
  idleUds,
  stalled,
  start10m,
  memory10m,
  costRights,
  costWalk,
  histogram,
  past,
  gaps,
  rules100,
  httpBulk,
  syslogTcp,
  sourceCost,
  netconfIn,
  netconf500,
  netconfOut,
  cesql,
  ...webSocket,
  sse,
  tcp1to10,
  ...idleWeb,
  idleTls,
  sctpParse,
  sctp1to1,
  ...salt,
  saltStalled,
  saltIdle,
  sysadm1to1000,
  sysadmIdle,
  sysadmLogins,
  sysadmBridge,
  bridgePeers,
  ncsMask,
  ncsIdleMasks,
  ncsGate,
  ncsHeartbeat,
  ncsStream,
  jsPublish,
  jsReplay,
  jsLatency,
  js1to10,
  jsHubs,
  ...jsAck,
  jsSuccession,
  hostile,
  edges,
  fleetHosts,
  fleetAsk,
  edgeIdle,
  consoleRate,
  consoleCpu,
  consolePaint,
  consoleFirstRow,
  consoleMemory,
]
