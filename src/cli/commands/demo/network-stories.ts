import { constants, notificationEvent } from '../../../protocols/sctp/index.js'
import { type DemoEvent, eventOf, type Simulated } from './demo-event.js'

/**
 * The events that devices and services send over the network: syslog, traps of SNMP, notifications of NETCONF and
 * SCTP, and webhooks.
 */

const DEVICES = [
  { name: 'sw-core-1', address: '192.0.2.11' },
  { name: 'sw-core-2', address: '192.0.2.12' },
  { name: 'fw-edge-1', address: '192.0.2.21' },
] as const

export function syslogMessage({ chance }: Simulated): DemoEvent[] {
  const { name, address } = chance.pick(DEVICES)
  const port = chance.whole(1, 48)
  const [app, severity, message] = chance.pick([
    ['sshd', 'info', 'Accepted publickey for netops from 198.51.100.7'],
    ['LINEPROTO', 'notice', `Line protocol on Interface Gi0/${port}, changed state to up`],
    ['LINK', 'err', `Interface Gi0/${port}, changed state to down`],
    ['filterlog', 'warning', `blocked 203.0.113.${port} to port 22`],
  ] as const)
  return [
    eventOf('syslog.message', `syslog/network/${name}/${app}`, {
      severity,
      message,
      facility: 'local7',
      host: name,
      app,
      format: 'rfc5424',
      peer: address,
      transport: 'udp',
    }),
  ]
}

const LINK_TRAPS = '1.3.6.1.6.3.1.1.5'
const OPER_STATUS = [1, 3, 6, 1, 2, 1, 2, 2, 1, 8]

/** A port goes down, and comes up again. */
export function linkTraps({ chance }: Simulated): DemoEvent[] {
  const { address } = chance.pick(DEVICES)
  const index = chance.whole(1, 48)
  const uptime = chance.whole(1000, 9_000_000)
  const from = { port: chance.whole(1024, 65_535), af: 2, ip4: address }
  const trap = (name: string, last: number, status: number, after: number) =>
    eventOf('snmp.notification', `snmp/switches/${address}/${name}`, {
      trap: name,
      version: 'v2c',
      pdu: 'trap',
      oid: `${LINK_TRAPS}.${last}`,
      uptime: uptime + after,
      fields: { ifOperStatus: status },
      pdu_type: 2,
      request_id: chance.whole(1, 99_999),
      error_status: 0,
      error_index: 0,
      ...from,
      vb: [{ type: 2, oid: [...OPER_STATUS, index], value_type: 1, value: String(status) }],
    })
  return [trap('linkDown', 3, 2, 0), trap('linkUp', 4, 1, chance.whole(1, 60))]
}

/** A switch at which a host is plugged in is gone, and is back. */
export function neighbour({ chance, host }: Simulated): DemoEvent[] {
  const { name, address } = chance.pick(DEVICES)
  const at = {
    interface: 'eth0',
    via: 'LLDP',
    chassis: `00:1b:21:00:00:${chance.hex(2)}`,
    name,
    addresses: [address],
    capabilities: ['Bridge'],
    port: `Gi0/${chance.whole(1, 48)}`,
  }
  return (['deleted', 'added'] as const).map((change) =>
    eventOf('host.lldp.neighbour', `host/${host}/lldp/eth0/${change}`, { ...at, change }),
  )
}

/** A session of BGP goes down, and comes up again. */
export function routingPeer({ chance }: Simulated): DemoEvent[] {
  const { name } = chance.pick(DEVICES)
  const peer = `198.51.100.${chance.whole(1, 9)}`
  const session = { router: name, peer, as: chance.whole(64_512, 65_534), bgpId: peer }
  const down = {
    ...session,
    reason: 'closed by the router with a notification',
    notification: 'hold timer expired, 0',
  }
  const up = {
    ...session,
    localAddress: '198.51.100.254',
    localPort: 179,
    remotePort: chance.whole(1024, 65_535),
  }
  return [
    eventOf('bgp.peer.down', `bmp/core/${name}/${peer}/down`, down),
    eventOf('bgp.peer.up', `bmp/core/${name}/${peer}/up`, up),
  ]
}

/** A device has an alarm. */
export function deviceAlarm({ chance }: Simulated): DemoEvent[] {
  const { name } = chance.pick(DEVICES)
  const [text, severity] = chance.pick([
    ['fan 2 is slow', 'minor'],
    ['power supply 1 has failed', 'major'],
  ] as const)
  return [
    eventOf('netconf.notification', `netconf/${name}/alarm-notification`, {
      notification: 'ietf-alarms:alarm-notification',
      content: { resource: name, 'perceived-severity': severity, 'alarm-text': text },
    }),
  ]
}

/** An alert that fires, and may be resolved. */
export function alert({ chance, host }: Simulated): DemoEvent[] {
  const name = chance.pick(['HighLoad', 'DiskFull', 'CertificateExpires'])
  const about = {
    from: 'alertmanager',
    name,
    message: `${name} on ${host}`,
    labels: { alertname: name, instance: host, severity: 'critical' },
    annotations: { summary: `${name} on ${host}` },
    fingerprint: String(chance.whole(10_000_000, 99_999_999)),
    receiver: 'tocsin',
  } as const
  const tag = `webhook/alerts/alert/${name}`
  const firing = eventOf('webhook.alert', `${tag}/firing`, { ...about, status: 'firing', severity: 'crit' })
  if (chance.happens(0.3)) return [firing]
  return [
    firing,
    eventOf('webhook.alert', `${tag}/resolved`, { ...about, status: 'resolved', severity: 'notice' }),
  ]
}

/** A service tells of a request with OpenTelemetry; one that has failed is in its log too. */
export function telemetry({ chance, host }: Simulated): DemoEvent[] {
  const service = chance.pick(['shop', 'search', 'payments'])
  const trace = chance.hex(32)
  const common = { service, host, trace }
  const span = { ...common, name: 'GET /items', kind: 'server', span: chance.hex(16) } as const
  const seconds = chance.whole(1, 900) / 1000
  const spanTag = `otlp/apps/span/${service}`
  if (chance.happens(0.8)) return [eventOf('otlp.span', spanTag, { ...span, seconds, status: 'ok' })]
  const message = 'the database does not answer'
  return [
    eventOf('otlp.log', `otlp/apps/log/${service}`, { ...common, severity: 'err', message }),
    eventOf('otlp.span', spanTag, { ...span, seconds: 5, status: 'error', severity: 'err', message }),
  ]
}

/** A sensor publishes at a broker of MQTT. */
export function sensor({ chance }: Simulated): DemoEvent[] {
  const topic = `racks/${chance.whole(1, 40)}/temperature`
  return [eventOf('mqtt.message', `mqtt/site/${topic}`, { topic, payload: chance.whole(18, 41) })]
}

/** Somebody pushes to a repository, or a program calls a webhook. */
export function webhook({ chance }: Simulated): DemoEvent[] {
  const repository = `acme/${chance.pick(['shop', 'search', 'infra'])}`
  const person = chance.pick(['alex', 'kim', 'robin'])
  if (chance.happens(0.5)) {
    const payload = { door: `dock-${chance.whole(1, 9)}`, open: chance.happens(0.5) }
    return [
      eventOf('webhook.received', 'webhook/doors/received', { contentType: 'application/json', payload }),
    ]
  }
  return [
    eventOf('webhook.github', `webhook/code/github/${repository}/push`, {
      event: 'push',
      repository,
      sender: person,
      severity: 'info',
      message: `${person} pushed ${chance.whole(1, 9)} commits to ${repository}`,
    }),
  ]
}

const { SCTP_ASSOC_CHANGE, SCTP_COMM_UP, SCTP_COMM_LOST, SCTP_RESTART, SCTP_SHUTDOWN_COMP } = constants.linux

/** An association comes up and is shut down, or is lost and restarts. */
export function association({ chance, host }: Simulated): DemoEvent[] {
  const id = chance.whole(1, 999)
  const states = chance.happens(0.3)
    ? [SCTP_COMM_UP, SCTP_COMM_LOST, SCTP_RESTART]
    : [SCTP_COMM_UP, SCTP_SHUTDOWN_COMP]
  return states.map((state) => {
    const notification = {
      sn_type: SCTP_ASSOC_CHANGE,
      sac_state: state,
      sac_flags: 0,
      sac_error: 0,
      sac_outbound_streams: 10,
      sac_inbound_streams: 10,
      sac_assoc_id: id,
    }
    const { path, data } = notificationEvent<'linux'>(notification, { platform: 'linux' })
    return { tag: `sctp/${host}/${path}`, data }
  })
}
