import { spawn } from 'node:child_process'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Runtime } from '../../../src/event/runtime.js'
import * as L from '../../../src/protocols/ncs/constants/library.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { requireTool } from '../../helpers/tools.js'
import { SnmpHarness } from './harness.js'

let snmp: SnmpHarness
beforeEach(() => {
  snmp = new SnmpHarness()
})
afterEach(() => snmp.close())

const LINK_DOWN = '1.3.6.1.6.3.1.1.5.3'
const IF_INDEX = '1.3.6.1.2.1.2.2.1.1.7'
const IF_DESCR = '1.3.6.1.2.1.2.2.1.2.7'
const linkDown = ['4711', LINK_DOWN, IF_INDEX, 'i', '7', IF_DESCR, 's', 'eth7']
const v2c = ['-v', '2c', '-c', 'public']
const secret = [
  '-v',
  '3',
  '-u',
  'secret',
  '-l',
  'authPriv',
  '-a',
  'SHA',
  '-A',
  'authpass1',
  '-x',
  'AES',
  '-X',
  'privpass1',
]
const signed = ['-v', '3', '-u', 'signed', '-l', 'authNoPriv', '-a', 'SHA-256', '-A', 'authpass2']
const engine = ['-e', '0x8000000001020304']

describe('snmptrap and snmpinform', () => {
  it('send a trap of version 1, whose fields are those of SNMPA', async () => {
    await snmp.start()
    const words = ['1.3.6.1.4.1.8072', '192.0.2.7', '2', '0', '4711', IF_INDEX, 'i', '7']
    await snmp.tool('snmptrap', ['-v', '1', '-c', 'public'], words)
    await snmp.until(() => snmp.events.length === 1)
    const [{ tag, source }] = snmp.events
    expect({ tag, source }).toEqual({ tag: 'snmp/t/127.0.0.1/linkDown', source: 'host/web1/snmp/t' })
    expect(snmp.received[0]).toEqual({
      trap: 'linkDown',
      version: 'v1',
      pdu: 'trap',
      oid: LINK_DOWN,
      uptime: 47.11,
      agent: '192.0.2.7',
      fields: { ifIndex: 7 },
      pdu_type: L.SNMPA_PDU_V1TRAP,
      request_id: 0,
      error_status: 0,
      error_index: 0,
      port: expect.any(Number),
      af: 2,
      ip4: '127.0.0.1',
      vb: [
        {
          type: L.SNMP_OID,
          oid: [1, 3, 6, 1, 2, 1, 2, 2, 1, 1, 7],
          value_type: L.SNMP_INTEGER,
          value: '7',
        },
      ],
      generic_trap: 2,
      specific_trap: 0,
      time_stamp: 4711,
      enterprise: [1, 3, 6, 1, 4, 1, 8072],
    })
  })

  it('send a trap that a vendor has defined, which the configuration can name', async () => {
    await snmp.start({ names: { '1.3.6.1.4.1.9.9.43.2.0.1': 'ciscoConfigManEvent' } })
    const words = ['1.3.6.1.4.1.9.9.43.2', '127.0.0.1', '6', '1', '0']
    await snmp.tool('snmptrap', ['-v', '1', '-c', 'public'], words)
    await snmp.until(() => snmp.events.length === 1)
    expect(snmp.received[0]).toMatchObject({ trap: 'ciscoConfigManEvent', generic_trap: 6, specific_trap: 1 })
    await snmp.tool('snmptrap', v2c, ['0', '1.3.6.1.4.1.9.9.43.2.0.2'])
    await snmp.until(() => snmp.events.length === 2)
    expect(snmp.events[1].tag).toBe('snmp/t/127.0.0.1/1.3.6.1.4.1.9.9.43.2.0.2')
  })

  it('send a trap that a MIB file of a vendor names, with its variables', async () => {
    const module = snmp.write(
      'ACME-MIB',
      `ACME-MIB DEFINITIONS ::= BEGIN
acme OBJECT IDENTIFIER ::= { enterprises 99999 }
acmeDoor OBJECT-TYPE SYNTAX INTEGER { open(1) } ::= { acme 3 }
acmeOpened NOTIFICATION-TYPE OBJECTS { acmeDoor } ::= { acme 0 4 }
END
`,
    )
    await snmp.start({ mibs: [module] })
    const acme = '1.3.6.1.4.1.99999'
    await snmp.tool('snmptrap', v2c, ['0', `${acme}.0.4`, `${acme}.3.0`, 'i', '1'])
    await snmp.until(() => snmp.events.length === 1)
    expect(snmp.received[0]).toMatchObject({ trap: 'acmeOpened', fields: { acmeDoor: 1 } })
    expect(snmp.runner.status().health?.details).toMatchObject({ mibs: { names: 3, unknown: 0 } })
  })

  it('send values of every type, which are text as in NSO, and numbers where filters need them', async () => {
    await snmp.start()
    const base = '1.3.6.1.4.1.99999.1'
    const values = [
      [`${base}.1`, 'i', '-5'],
      [`${base}.2`, 's', 'größe'],
      [`${base}.3`, 'x', '00ff'],
      [`${base}.4`, 'o', LINK_DOWN],
      [`${base}.5`, 'a', '192.0.2.1'],
      [`${base}.6`, 'c', '4294967295'],
      [`${base}.7`, 't', '12'],
      [`${base}.8`, 'C', '18446744073709551615'],
      [`${base}.9`, 'u', '4000000000'],
      [`${base}.10`, 'n', ''],
    ]
    await snmp.tool('snmptrap', v2c, ['0', '1.3.6.1.6.3.1.1.5.1', ...values.flat()])
    await snmp.until(() => snmp.events.length === 1)
    const [{ vb, fields }] = snmp.received
    expect(vb.slice(2).map(({ value_type, value }) => [value_type, value])).toEqual([
      [L.SNMP_INTEGER, '-5'],
      [L.SNMP_OCTET_STRING, 'größe'],
      [L.SNMP_OCTET_STRING, '0x00ff'],
      [L.SNMP_OBJECT_IDENTIFIER, LINK_DOWN],
      [L.SNMP_IPADDRESS, '192.0.2.1'],
      [L.SNMP_COUNTER32, '4294967295'],
      [L.SNMP_TIMETICKS, '12'],
      [L.SNMP_COUNTER64, '18446744073709551615'],
      [L.SNMP_UNSIGNED32, '4000000000'],
      [L.SNMP_NULL, ''],
    ])
    expect(vb[4].bytes).toEqual(Uint8Array.of(0, 255))
    expect(fields).toMatchObject({
      [`${base}.1`]: -5,
      [`${base}.4`]: 'linkDown',
      [`${base}.6`]: 4294967295,
      [`${base}.8`]: '18446744073709551615',
    })
  })

  it('are understood with version 2c and every protection of version 3', async () => {
    await snmp.start()
    await snmp.tool('snmptrap', v2c, linkDown)
    await snmp.tool('snmptrap', [...secret, ...engine], linkDown)
    await snmp.tool('snmptrap', [...signed, ...engine], linkDown)
    await snmp.tool('snmptrap', ['-v', '3', '-u', 'plain', '-l', 'noAuthNoPriv', ...engine], linkDown)
    await snmp.until(() => snmp.events.length === 4)
    expect(snmp.received.map(({ version, user }) => [version, user])).toEqual([
      ['v2c', undefined],
      ['v3', 'secret'],
      ['v3', 'signed'],
      ['v3', 'plain'],
    ])
    const [{ fields, vb, uptime }] = snmp.received
    expect({ fields, uptime }).toEqual({ fields: { ifIndex: 7, ifDescr: 'eth7' }, uptime: 47.11 })
    expect(vb).toHaveLength(4)
    expect(snmp.details.refused).toEqual({})
  })

  it('get an answer to an inform, with discovery of the engine in version 3', async () => {
    await snmp.start()
    expect(await snmp.tool('snmpinform', v2c, linkDown)).toBe(0)
    expect(await snmp.tool('snmpinform', secret, linkDown)).toBe(0)
    expect(await snmp.tool('snmpinform', signed, linkDown)).toBe(0)
    expect(snmp.received.map(({ pdu, pdu_type }) => [pdu, pdu_type])).toEqual(
      Array(3).fill(['inform', L.SNMPA_PDU_INFORM]),
    )
    expect(snmp.received[0].request_id).not.toBe(0)
  })

  it('get no answer to an inform until the hub has taken it', async () => {
    await snmp.start()
    snmp.host.full = true
    let answered = false
    const sending = snmp.tool('snmpinform', ['-t', '20', ...v2c], linkDown).then((code) => {
      answered = true
      return code
    })
    // A trap that the hub cannot take either comes after it.
    await snmp.tool('snmptrap', v2c, linkDown)
    expect(answered).toBe(false)
    snmp.host.full = false
    expect(await sending).toBe(0)
    await snmp.until(() => snmp.events.length === 2)
  })
})

describe('snmpd', () => {
  it('says that it starts and stops, by traps and by informs', async () => {
    await snmp.start()
    const sink = `127.0.0.1:${snmp.port} public`
    const config = snmp.write(
      'snmpd.conf',
      `agentaddress unix:${snmp.folder}/agent\ntrap2sink ${sink}\ninformsink ${sink}\ntrapsink ${sink}\n`,
    )
    const env = { ...process.env, MIBS: '', SNMP_PERSISTENT_DIR: snmp.folder }
    const snmpd = spawn(requireTool('snmpd'), ['-f', '-Lo', '-C', '-c', config], { env, stdio: 'ignore' })
    const of = (trap: string) =>
      snmp.received.filter((each) => each.trap === trap).map(({ pdu_type }) => pdu_type)
    try {
      await snmp.until(() => of('coldStart').length === 3)
      expect(of('coldStart').sort()).toEqual([L.SNMPA_PDU_V1TRAP, L.SNMPA_PDU_V2TRAP, L.SNMPA_PDU_INFORM])
      snmpd.kill('SIGTERM')
      await snmp.until(() => of('nsNotifyShutdown').length === 3)
    } finally {
      snmpd.kill('SIGKILL')
    }
  })
})

describe('a message that is refused', () => {
  it('is counted with the reason and is no event', async () => {
    await snmp.start()
    await snmp.tool('snmptrap', ['-v', '2c', '-c', 'wrong'], linkDown)
    const user = (name: string) => ['-v', '3', '-u', name, '-l', 'authNoPriv', '-a', 'SHA-256', ...engine]
    await snmp.tool('snmptrap', [...user('nobody'), '-A', 'authpass2'], linkDown)
    await snmp.tool('snmptrap', [...user('signed'), '-A', 'wrongpass'], linkDown)
    await snmp.tool('snmptrap', ['-v', '3', '-u', 'signed', '-l', 'noAuthNoPriv', ...engine], linkDown)
    await snmp.tool('snmptrap', [...user('secret'), '-A', 'authpass1'], linkDown)
    expect(await snmp.tool('snmpinform', ['-v', '2c', '-c', 'wrong', '-t', '0.2'], linkDown)).not.toBe(0)
    const expected = { community: 2, user: 1, signature: 1, protection: 2 }
    await snmp.until(
      () =>
        JSON.stringify(Object.entries(snmp.details.refused).sort()) ===
        JSON.stringify(Object.entries(expected).sort()),
    )
    expect(snmp.details.lastRefused).toMatchObject({ peer: '127.0.0.1', reason: 'community' })
    expect(snmp.events).toEqual([])
    await snmp.until(() => snmp.host.data('hub/gap/snmp/t').length >= 4)
    const gaps = snmp.host.data('hub/gap/snmp/t').map(({ reason }) => String(reason))
    expect(gaps).toContain('messages with an unknown community were refused')
    expect(gaps).toContain('messages with a wrong signature were refused')
    expect(JSON.stringify(snmp.host.events)).not.toContain('wrongpass')
  })

  it('does not show the community that a proxy put into it', async () => {
    await snmp.start()
    await snmp.tool('snmptrap', v2c, [...linkDown, '1.3.6.1.6.3.18.1.4.0', 's', 'hidden'])
    await snmp.until(() => snmp.events.length === 1)
    expect(JSON.stringify(snmp.received)).not.toContain('hidden')
    expect(JSON.stringify(snmp.received)).not.toContain('public')
  })
})

it('secrets that are replaced are used, and ones that cannot be read make it degraded', async () => {
  const after: Runtime['after'] = (ms, act) => realRuntime.after(Math.min(ms, 20), act)
  await using impatient = new SnmpHarness({ ...realRuntime, after })
  await impatient.start()
  impatient.write('communities', 'other\n')
  const other = ['-v', '2c', '-c', 'other', '-t', '0.1']
  await expect.poll(() => impatient.tool('snmpinform', other, linkDown)).toBe(0)
  impatient.write('auth', 'short')
  await expect.poll(() => impatient.runner.status().health?.state).toBe('degraded')
  expect(impatient.runner.status().health?.reason).toContain('less than 8 characters')
  expect(await impatient.tool('snmpinform', ['-t', '5', ...other.slice(0, 4)], linkDown)).toBe(0)
})

it('does not start without its secrets, and says why', async () => {
  snmp.launch({ udp: '127.0.0.1:0', communityFile: '/nonexistent/communities' })
  await snmp.until(() => snmp.runner.status().state === 'down')
  expect(snmp.runner.status().reason).toContain('/nonexistent/communities')
})

it('collapses what is sent again, although its time differs', async () => {
  await snmp.start({ collapse: '5s' })
  for (const time of ['1', '2', '3']) await snmp.tool('snmptrap', v2c, [time, ...linkDown.slice(1)])
  await snmp.until(() => snmp.events.length === 2)
  expect(snmp.received.map(({ repeated }) => repeated)).toEqual([undefined, 2])
})
