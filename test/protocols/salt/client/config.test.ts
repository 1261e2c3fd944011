import { mkdirSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  clientConfig,
  DEFAULT_MINION_OPTS,
  masterConfig,
  minionConfig,
} from '../../../../src/protocols/salt/client/index.js'
import { temporaryFolder } from '../../../helpers/temporary-folder.js'

let folder: string

beforeEach(() => {
  folder = temporaryFolder('salt')
  vi.stubEnv('XDG_CONFIG_HOME', folder)
})

afterEach(() => {
  vi.unstubAllEnvs()
})

function write(path: string, text: string): string {
  const file = join(folder, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  return file
}

describe('the configuration of a daemon', () => {
  it('is its file, over the defaults', () => {
    const path = write('master', 'sock_dir: /run/m\nhash_type: SHA512\nid: 7\n')
    expect(masterConfig(path)).toMatchObject({
      conf_file: path,
      sock_dir: '/run/m',
      hash_type: 'sha512',
      id: '7',
      max_event_size: 1_048_576,
      tcp_master_pub_port: 4512,
      __role: 'master',
    })
  })

  it('has the defaults if there is no file', () => {
    expect(minionConfig(join(folder, 'none'))).toMatchObject({
      sock_dir: '/var/run/salt/minion',
      tcp_pub_port: 4510,
    })
  })

  it('includes minion.d/*.conf and the files named by include; later files override earlier ones', () => {
    const path = write('minion', 'id: a\ninclude: [extra/*, missing.conf]\nlist: [1]\n')
    write('minion.d/b.conf', 'id: b\nsock_dir: /run/b\n')
    write('minion.d/.hidden.conf', 'id: hidden\n')
    write('minion.d/c.conf', 'id: c\ngrains: {one: 1}\n')
    write('minion.d/d.txt', 'id: d\n')
    write('extra/e', 'grains: {two: 2}\nlist: [2]\ninclude: ../more/f\n')
    write('extra/g', 'list: [3]\n')
    write('more/f', 'from: f\n')
    const opts = minionConfig(path)
    expect(opts).toMatchObject({ id: 'c', sock_dir: '/run/b', from: 'f', list: [2, 3], grains: { two: 2 } })
  })

  it('has paths under root_dir, and a short one for sockets', () => {
    const root = `root_dir: ${folder}\n`
    expect(minionConfig(write('one', root)).sock_dir).toBe(join(folder, 'var/run/salt/minion'))
    const long = `${root}cachedir: /c\nsock_dir: /${'x'.repeat(100)}\n`
    expect(minionConfig(write('two', long)).sock_dir).toBe(join(folder, 'c/.salt-unix'))
  })

  it('is named by the environment if the path is the default one', () => {
    vi.stubEnv('SALT_CONFIG_DIR', folder)
    write('minion', 'id: by-folder\n')
    expect(minionConfig().id).toBe('by-folder')
    vi.stubEnv('SALT_MINION_CONFIG', write('other', 'id: by-file\n'))
    expect(minionConfig().id).toBe('by-file')
    expect(minionConfig(join(folder, 'minion')).id).toBe('by-folder')
  })

  it('reports the file and the reason if it is not YAML, and if files include each other', () => {
    const code = 'TCN_SALT_CONFIG'
    const broken = write('broken', 'a: [1\n')
    expect(() => masterConfig(broken)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(broken) }),
    )
    const loop = write('loop', 'include: loop\n')
    expect(() => masterConfig(loop)).toThrow(expect.objectContaining({ code }))
    expect(() => masterConfig(folder)).toThrow(expect.objectContaining({ code }))
  })

  it('may be given as options in place of a path', () => {
    expect(minionConfig(DEFAULT_MINION_OPTS)).toMatchObject({
      sock_dir: '/var/run/salt/minion',
      id: expect.any(String),
    })
  })
})

describe('the id', () => {
  it('is read from minion_id if the file names none', () => {
    const path = write('minion', `root_dir: ${folder}\nappend_domain: example.com\n`)
    expect(minionConfig(path).id).toContain(hostname())
    write('etc/salt/minion_id', '\ufeffweb1.example.com\nmore\n')
    expect(minionConfig(path).id).toBe('web1.example.com')
    expect(minionConfig({ root_dir: folder, id: 'db', append_domain: 'example.com' }).id).toBe(
      'db.example.com',
    )
    expect(masterConfig({ root_dir: folder }).id).toBe('web1.example.com_master')
  })
})

describe('the configuration of a client', () => {
  it('is that of the master, overridden by that of the user', () => {
    const path = write('master', 'sock_dir: /run/m\n')
    expect(clientConfig(path)).toMatchObject({ sock_dir: '/run/m', transport: 'zeromq' })
    write('salt/saltrc', 'sock_dir: /run/mine\n')
    expect(clientConfig(path).sock_dir).toBe('/run/mine')
    vi.stubEnv('SALT_CLIENT_CONFIG', write('rc', 'sock_dir: /run/named\n'))
    expect(clientConfig(path).sock_dir).toBe('/run/named')
  })
})
