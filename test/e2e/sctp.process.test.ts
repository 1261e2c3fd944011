import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { startTestHub } from '../../src/hub/testing.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { bytesOf, vectors } from '../protocols/sctp/vectors.js'
import { jsonLines, lines, tocsin } from './hub-process.js'

const dry = '098000000c00000003000000'
const linux = ['--platform', 'linux', '--endian', 'little']
let folder: string

beforeAll(() => {
  folder = temporaryFolder('sctp')
})

describe('tocsin sctp decode', () => {
  it('prints the decoded bytes, as a line or as JSON', async () => {
    expect(await tocsin(['sctp', 'decode', ...linux, '0980:0000', '0c000000', '03000000'])).toEqual({
      code: 0,
      stdout: 'SCTP_SENDER_DRY_EVENT sender_dry_flags=0 sender_dry_assoc_id=3\n',
      stderr: '',
    })
    const hex = ['--format', 'json', `0x${dry}`]
    const { stdout } = await tocsin(['sctp', 'decode', ...linux, ...hex])
    expect(jsonLines(stdout)).toEqual([{ sn_type: 32777, sender_dry_flags: 0, sender_dry_assoc_id: 3 }])
  })

  it('reads a dump of many notifications, as bytes and as digits', async () => {
    const all = Buffer.concat(vectors.linux.map(bytesOf))
    const path = join(folder, 'dump.bin')
    writeFileSync(path, all)
    const ofFile = await tocsin(['sctp', 'decode', ...linux, path])
    expect(ofFile).toMatchObject({ code: 0, stderr: '' })
    expect(lines(ofFile.stdout)).toHaveLength(vectors.linux.length)
    const text = `# recorded\n${all.toString('hex').replace(/.{60}/g, '$&\n')}\n`
    expect(await tocsin(['sctp', 'decode', ...linux, '-'], { input: text })).toEqual(ofFile)
  })

  it('names states and the causes of an abort', async () => {
    const lost = '01800000190000000100000c000000000a000000000c00056d'
    const { stdout } = await tocsin(['sctp', 'decode', ...linux, lost])
    expect(stdout).toContain('SCTP_ASSOC_CHANGE sac_flags=0 sac_state=SCTP_COMM_LOST sac_error=3072')
    expect(stdout).toContain('sac_cause={"code":12,"name":"User-Initiated Abort"}')
    const json = await tocsin(['sctp', 'decode', ...linux, '--format', 'json', lost])
    expect(jsonLines(json.stdout)).toMatchObject([
      { sac_info: '000c00056d', causes: [{ code: 12, value: '6d' }] },
    ])
  })

  it('shows valid notifications, reports invalid ones, and ends with 1', async () => {
    const result = await tocsin(['sctp', 'decode', ...linux, `${dry}ff80000008000000${dry}`])
    expect(result.code).toBe(1)
    expect(lines(result.stdout)).toHaveLength(2)
    expect(result.stderr).toContain(
      'linux has no such notification (type 33023, length 8, offset 12) (TCN_SCTP_TYPE)',
    )
  })

  it('reads several files, and names the one that is invalid', async () => {
    const [sound, cut] = ['sound.bin', 'cut.bin'].map((name) => join(folder, name))
    writeFileSync(sound, Buffer.from(dry, 'hex'))
    writeFileSync(cut, Buffer.from(dry, 'hex').subarray(0, 10))
    const result = await tocsin(['sctp', 'decode', ...linux, cut, sound])
    expect(result.code).toBe(1)
    expect(lines(result.stdout)).toHaveLength(1)
    const fault = 'the length of the notification does not match the 10 given bytes'
    expect(result.stderr).toContain(`${cut}: ${fault} (type 32777, length 12, offset 4) (TCN_SCTP_LENGTH)`)
  })

  it('reports a missing file, and an odd number of digits', async () => {
    expect(await tocsin(['sctp', 'decode', 'nowhere.bin'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/nowhere.bin: neither a file nor .* digits \(TCN_FILE_UNREADABLE\)/),
    })
    expect(await tocsin(['sctp', 'decode', `${dry}0`])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('(TCN_INPUT_INVALID)'),
    })
  })
})

describe('tocsin sctp decode --publish-as', () => {
  it('publishes the notification like the source would', async () => {
    await using hub = await startTestHub()
    const args = ['sctp', 'decode', ...linux, dry, '--publish-as', 'n2', '--url', hub.address]
    expect(await tocsin(args)).toMatchObject({ code: 0, stderr: '' })
    const read = ['read', 'sctp/n2/', '--format', 'json', '--url', hub.address]
    const [event] = jsonLines((await tocsin(read)).stdout)
    expect(event).toMatchObject({
      subject: 'sctp/n2/3/sender_dry_event',
      data: {
        sn_type: 32777,
        association: 3,
        platform: 'linux',
        names: { sn_type: 'SCTP_SENDER_DRY_EVENT' },
      },
    })
    expect(await tocsin(['sctp', 'associations', '--url', hub.address])).toMatchObject({
      code: 0,
      stdout: 'there are no associations\n',
    })
  })

  it('accepts only the name of a source', async () => {
    const result = await tocsin(['sctp', 'decode', ...linux, dry, '--publish-as', 'a/b'])
    expect(result).toMatchObject({ code: 2, stderr: expect.stringContaining('the name of a source is') })
  })
})

describe('tocsin sctp watch', () => {
  it('follows the events of all sources, or of the named ones', async () => {
    await using hub = await startTestHub()
    const url = ['--url', hub.address]
    for (const name of ['n2', 'm3ua']) {
      expect(await tocsin(['sctp', 'decode', ...linux, dry, '--publish-as', name, ...url])).toMatchObject({
        code: 0,
      })
    }
    const watch = async (...args: string[]) => {
      const all = ['sctp', 'watch', ...args, '--from', 'start', '--format', 'json', ...url]
      return jsonLines((await tocsin(all)).stdout).map(({ subject }) => subject)
    }
    const [n2, m3ua] = ['n2', 'm3ua'].map((name) => `sctp/${name}/3/sender_dry_event`)
    expect(await watch('--count', '2')).toEqual([n2, m3ua])
    for (const name of ['m3ua', 'sctp/m3ua']) expect(await watch(name, '--count', '1')).toEqual([m3ua])
  })
})

describe('sockets of commands', () => {
  it('do not accept options for a hub', async () => {
    for (const what of ['--listen', '--connect']) {
      const result = await tocsin(['sctp', 'watch', what, '127.0.0.1:38412', '--count', '1'])
      expect(result).toMatchObject({ code: 2, stderr: expect.stringContaining("'--count <n>'") })
    }
  })

  it('report that the addon is missing', async () => {
    const env = { ...process.env, TOCSIN_SCTP_ADDON: join(folder, 'nowhere.node') }
    for (const args of [['listen'], ['connect'], ['watch', '--listen']]) {
      const result = await tocsin(['sctp', ...args, '127.0.0.1:38412'], { env })
      expect(result).toMatchObject({ code: 1, stderr: expect.stringContaining('(TCN_SCTP_ADDON)') })
    }
  })

  it.skipIf(/^SCTP /m.test(readFileSync('/proc/net/protocols', 'utf8')))(
    'report that the kernel has no SCTP',
    async () => {
      const result = await tocsin(['sctp', 'listen', '127.0.0.1:38412'])
      expect(result).toMatchObject({ code: 1, stderr: expect.stringContaining('(TCN_SCTP_KERNEL)') })
    },
  )

  it.each([
    ['127.0.0.1', 'has no port'],
    ['127.0.0.1:99999', 'is not a port'],
    ['::1:', 'is not an address'],
  ])('refuse the address %s', async (address, why) => {
    const result = await tocsin(['sctp', 'connect', address])
    expect(result).toMatchObject({ code: 2, stderr: expect.stringContaining(why) })
  })
})
