import { Fleet as DemoFleet } from '../../dist/cli/commands/demo/fleet.js'

/** The fleet of `tocsin demo`, whose events also have the sources that real ones have. */
export class Fleet extends DemoFleet {
  next() {
    const event = super.next()
    return { ...event, source: sourceOf(event.tag) }
  }
}

function sourceOf(tag) {
  const [first, second] = tag.split('/')
  if (first === 'salt') return 'salt/master'
  if (['log', 'host', 'net'].includes(first)) return `host/${second}`
  if (first === 'deploy') return 'ci/deploy'
  return `${first}/${second}`
}
