/** Between tag and data of an event. */
export const TAGEND = '\n\n'

/** What the second part of Salt's own tags may be called. */
export const TAGS = Object.freeze({
  auth: 'auth',
  job: 'job',
  key: 'key',
  minion: 'minion',
  syndic: 'syndic',
  run: 'run',
  wheel: 'wheel',
  cloud: 'cloud',
  fileserver: 'fileserver',
  queue: 'queue',
})

/**
 * `<base>/<prefix>/<suffix>`, where a suffix may be several parts and empty parts are left out:
 * `tagify(['a', 'b'], 'job')` is `salt/job/a/b`.
 */
export function tagify(
  suffix: string | readonly (string | number)[] = '',
  prefix = '',
  base = 'salt',
): string {
  const parts = typeof suffix === 'string' ? [suffix] : suffix
  const known = Object.hasOwn(TAGS, prefix) ? TAGS[prefix as keyof typeof TAGS] : prefix
  return [base, known, ...parts]
    .map(String)
    .filter((part) => part !== '')
    .join('/')
}
