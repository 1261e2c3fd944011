import { bridgeConfig } from '../../src/bridge/config.js'
import { keyTable } from '../../src/config/reference.js'

/** The page `docs/reference/bridge.md`. */
export function bridgeReference(): string {
  return `${introduction}
${keyTable(bridgeConfig)}

${conduct}`
}

const introduction = `# Bridge

<!-- Generated from the schema. Do not edit. -->

\`tocsin bridge\` relays between SysAdm servers and clients; [the guide](../guide/sysadm-bridge.md) shows how to run one. Its options are in the [list of commands](cli.md#tocsin-bridge).

## Configuration

The file named by \`--config\` is YAML. Everything has a default except the keys. An option takes the place of the key that it names: \`--bind\` of \`listen\`, \`--keys\` of \`keys\`, \`--data\` of \`folder\`. SIGHUP reads the file again, of which only \`keys\` takes effect, and the certificate, for new connections.
`

const conduct = `## Conduct

| | |
|---|---|
| TLS | 1.2 and 1.3, always. Client certificates are not asked for. |
| handshake | any path, no subprotocol, no compression; the headers of the genuine bridge |
| login | RSA keys only, within 30 s. Before it, messages are at most 64 KiB long. |
| pairs | a server and a client reach each other while their lists of keys have a key in common. At most 1024 keys of a list count. |
| lists | asked for after the login and every 5 minutes; a peer may send a new one at any time |
| announcements | the event \`bridge\`, when the list of a peer has changed, also when a peer has gone; changes within 20 ms are announced together, or within up to 2 s while lists are long; at most 10,000 peers |
| relaying | \`<id>\\n<payload>\` becomes \`<id of the sender>\\n<payload>\`. The payload is not read. |
| no receiver | dropped and counted: unknown ids, peers of the same kind, no key in common |
| slow readers | while more than \`limits.buffer\` waits for a peer, or more than its share of \`limits.memory\`, nothing is read from those that have sent to it; a peer that takes nothing for \`limits.stall\` is disconnected |
| liveness | silent peers are pinged every 30 s, and disconnected when two pings stay unanswered |
| closing | code 1000 without a reason, as of the genuine bridge; 1009 for a message that is too long |
| stop | SIGTERM or SIGINT: all peers are disconnected after what waits for them is sent, or after 5 s. Exit code 0 after SIGTERM, 130 after SIGINT, 2 if keys or configuration are wrong |
`
