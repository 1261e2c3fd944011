import { hostname } from 'node:os'
import { join } from 'node:path'
import { readText } from './config-file.js'
import type { SaltOpts } from './opts.js'

/**
 * The id of a minion whose configuration has none: the one in the file `minion_id`, where the minion caches it,
 * otherwise the full name of this host from `/etc/hosts`. Unlike Salt, this asks no name server.
 */
export function guessMinionId(opts: SaltOpts): string {
  const kept = opts.minion_id_caching === false ? undefined : cachedId(opts.root_dir)
  return kept ?? withDomain(hostId(opts), opts.append_domain)
}

function cachedId(rootDir: string): string | undefined {
  const text = readText(join(rootDir, 'etc/salt/minion_id'))
  const id = text
    ?.split('\n')[0]
    .replace(/^\ufeff/, '')
    .trim()
  return id === undefined || id === '' || id === 'localhost' ? undefined : id
}

function hostId(opts: SaltOpts): string {
  const name = fullName(hostname())
  const id = opts.minion_id_lowercase === true ? name.toLowerCase() : name
  const remove = opts.minion_id_remove_domain
  const [host, ...domain] = id.split('.')
  const removed = remove === true || (Array.isArray(remove) && remove.includes(domain.join('.')))
  return removed ? host : id
}

function fullName(name: string): string {
  if (name.includes('.')) return name
  for (const line of (readText('/etc/hosts') ?? '').split('\n')) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    const full = names.includes(name) ? names.find((one) => one.includes('.')) : undefined
    if (full !== undefined && !/^(127\.|::1$)/.test(address)) return full
    if (full !== undefined && !full.startsWith('localhost')) return full
  }
  return name
}

export function withDomain(id: string, domain: unknown): string {
  if (typeof domain !== 'string' || domain === '' || id.endsWith(domain)) return id
  return id.endsWith('.') ? id + domain : `${id}.${domain}`
}
