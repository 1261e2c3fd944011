import type { ConnectionOptions } from 'node:tls'
import type { IClientOptions, IConnackPacket, IPublishPacket, MqttClient } from 'mqtt'
import { type Address, formatAddress } from '../../config/values/address.js'
import { messageOf } from '../../errors/thrown.js'
import type { Runtime } from '../../event/runtime.js'
import { dial } from '../../transport/dial.js'
import { GuardedSocket } from '../../transport/guarded-socket.js'
import { MqttPackets } from './packets.js'

export interface BrokerLogin {
  readonly broker: Address
  readonly version: '5' | '3.1.1'
  readonly user?: string
  readonly password: string | undefined
  /** Undefined: without TLS. */
  readonly tls: ConnectionOptions | undefined
  /** ms */
  readonly timeout: number
  readonly runtime: Runtime
  /** Bytes of the longest packet with a message; default: none is expected. */
  readonly longest?: number
}

/**
 * Rejects if there is no connection. The client does not connect again by itself: what it has lost is the matter of its
 * owner.
 */
export async function dialBroker(login: BrokerLogin, more: IClientOptions): Promise<MqttClient> {
  const { broker, version, runtime, longest = 0 } = login
  const { MqttClient } = await import('mqtt')
  const socket = await dial({ ...login, address: broker })
  const connection = new GuardedSocket(socket, {
    runtime,
    work: { face: 'broker', what: 'mqtt', principal: formatAddress(broker) },
    units: new MqttPackets({ hasProperties: version === '5', longest }),
  })
  const client = new MqttClient(() => connection, {
    protocolVersion: version === '5' ? 5 : 4,
    ...(login.user !== undefined && { username: login.user, password: login.password }),
    reconnectPeriod: 0,
    connectTimeout: login.timeout,
    resubscribe: false,
    queueQoSZero: false,
    ...more,
  })
  // The library keeps the reasons of a connection to itself if they have no code.
  connection.on('error', (error) => client.emit('error', error))
  client.on('error', () => {})
  return client
}

/** Resolves when the broker has accepted the client with limits that the protocol allows. */
export function accepted(client: MqttClient): Promise<IConnackPacket> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string) => {
      client.end(true)
      reject(new Error(reason))
    }
    client.once('connect', (answer) => {
      const fault = faultIn(answer)
      if (fault === undefined) resolve(answer)
      else fail(fault)
    })
    client.once('error', (error) => fail(messageOf(error)))
    client.once('close', () => fail('the broker does not accept the connection'))
  })
}

/** Limits of 0 are against the protocol (MQTT 5.0, 3.2.2.3.3 and 3.2.2.3.6): nothing could be sent. */
function faultIn({ properties }: IConnackPacket): string | undefined {
  if (properties?.receiveMaximum === 0) return 'the broker says that it takes no message at once'
  if (properties?.maximumPacketSize === 0) return 'the broker says that it takes no bytes'
  return undefined
}

/** Calls once when a client that was accepted is of no more use. */
export function whenLost(client: MqttClient, lost: (reason: string) => void): void {
  client.on('error', (error) => lost(messageOf(error)))
  client.on('disconnect', ({ reasonCode = 0 }) => lost(`the broker has ended the connection (${reasonCode})`))
  client.on('close', () => lost('the connection is closed'))
}

/**
 * Takes one message after another: each is acknowledged when `take` resolves. The answer to a ping stands behind
 * messages that wait, so silence is the broker's only while none does.
 */
export function takeMessages(
  client: MqttClient,
  take: (packet: IPublishPacket) => Promise<void>,
  failed: (error: unknown) => void,
): void {
  let isBusy = false
  let hasHeard = false
  client.handleMessage = (packet, done) => {
    isBusy = true
    const taken = () => {
      isBusy = false
      hasHeard = true
      done()
    }
    take(packet).then(taken, failed)
  }
  const ping = client.sendPing.bind(client)
  client.sendPing = () => {
    hasHeard = false
    ping()
  }
  const giveUp = client.onKeepaliveTimeout.bind(client)
  client.onKeepaliveTimeout = () => {
    if (!isBusy && !hasHeard) return giveUp()
    // A broker ends the connection of a client that says nothing.
    client.sendPing()
    client.reschedulePing(true)
  }
}
