/** Options that other programs have, and what they are called here. */
const meanings: Readonly<Record<string, string>> = {
  '--tail': '--last 20 (-n 20)',
  '--lines': '--last 20 (-n 20)',
  '--head': '--count 20',
  '--max': '--count 20',
  '--max-count': '--count 20',
  '--start': '--from',
  '--begin': '--from',
  '--start-time': '--from',
  '--end': '--to',
  '--end-time': '--to',
  '--no-follow': 'tocsin read, which ends by itself',
  '--filter': 'an argument: tocsin tail salt/job/',
  '--tag': 'an argument: tocsin tail salt/job/',
  '--topic': 'an argument: tocsin tail salt/job/',
  '--subject': 'an argument: tocsin tail salt/job/',
  '--server': '--url',
  '--host': '--url',
  '--hub': '--url or --socket',
  '--yaml': '--format yaml',
  '--cursor': '--from, which takes cursors too',
  '--after-cursor': '--from, which takes cursors too',
  '--output-format': '--format',
  '--form': '--format',
}

/** For a message about an unknown option: what it is called here; undefined if that is not known. */
export function optionMeant(message: string): string | undefined {
  const name = /'(-[^'=]*)/.exec(message)?.[1] ?? ''
  if (/^-\d{1,9}$/.test(name)) return `Did you mean -n ${name.slice(1)}, the last ${name.slice(1)} events?`
  return Object.hasOwn(meanings, name) ? `Did you mean ${meanings[name]}?` : undefined
}
