import { area, entry } from './area.js'

export const logErrors = area('Log, state and backups', {
  TCN_LOG_LOCKED: entry(
    409,
    'another hub uses this data folder',
    'Stop the other hub, or choose another data folder with --data.',
  ),
  TCN_LOG_OVERTAKEN: entry(
    503,
    'another hub has taken over this data folder, so this one stores nothing more',
    'Stop one of the two hubs. Events that this hub acknowledged as durable before are in the log.',
  ),
  TCN_LOG_NEWER: entry(
    409,
    'the log was written by a newer version of Tocsin',
    'Start the version that wrote it, or export the events there and import them here.',
  ),
  TCN_LOG_CORRUPT: entry(
    500,
    'a stored part of the log does not match its checksum',
    'Run `tocsin log verify` to find the damaged events. Stop the hub and run `tocsin log repair` to save what is intact, and restore the rest from a backup or another hub.',
  ),
  TCN_LOG_READ: entry(
    503,
    'a part of the log cannot be read at present',
    'Check the cause that the message gives, such as the limit of open files, and read again.',
  ),
  TCN_LOG_META: entry(
    500,
    'the file with the epoch and the reserved numbers of the log is damaged',
    'Run `tocsin log repair` with the data folder, or restore the file that the message names from a copy of it. Without the file and its copy `meta.copy`, the log keeps its events and begins a new epoch, and every subscriber that resumes receives one gap.',
  ),
  TCN_LOG_FULL: entry(503, 'the disk of the log is full', 'Free disk space. The hub resumes by itself.'),
  TCN_LOG_UNFLUSHED: entry(
    503,
    'the hub has taken the events, but its disk does not store them for now',
    'Do not publish them as new events: they are stored when the disk works again, unless the hub ends before. Repeat the request with the same Idempotency-Key: it is answered when they are on disk, and stores nothing twice.',
  ),
  TCN_LOG_READ_ONLY: entry(
    507,
    'the log cannot be written to',
    'Check the mount options and permissions of the data folder. The hub resumes by itself.',
  ),
  TCN_LOG_WRITE: entry(
    500,
    'the log could not store or flush events',
    'Check the disk for the cause that the message gives.',
  ),
  TCN_LOG_NOT_DURABLE: entry(
    409,
    'this log keeps events in memory only',
    'Request `accepted` in place of `durable`, or run the hub with `log.engine: lmdb`.',
  ),
  TCN_LOG_NOT_PRIMARY: entry(
    503,
    'this hub is not the primary, which alone appends to the log',
    'Publish again: another hub becomes the primary within seconds. `tocsin status` names it.',
  ),
  TCN_LOG_TERM_OVER: entry(
    503,
    'this hub ceased to be the primary before it knew whether the events are stored',
    'Publish the events again with the same counters: those that are stored are recognised.',
  ),
  TCN_NATS_UNREACHABLE: entry(
    503,
    'the servers of NATS do not answer',
    'Check `nats.servers` and `nats.tls` of the configuration, the NATS servers, and the network. A hub that runs resumes by itself.',
  ),
  TCN_NATS_LOGIN: entry(
    503,
    'the servers of NATS do not let the hub in',
    'Check the user and the secret in the section `nats` of the configuration, and the users in that of the NATS servers: `packaging/nats/accounts.conf` is an example. A hub that runs resumes by itself.',
  ),
  TCN_NATS_PERMISSION: entry(
    503,
    'the user of the hub in NATS lacks a permission',
    'Give the user the permissions that `hub` has in `packaging/nats/accounts.conf`, with `nats.prefix` as the first part of its subjects, and reload the NATS servers.',
  ),
  TCN_NATS_JETSTREAM: entry(
    503,
    'the servers of NATS store nothing for the hub, since JetStream is not enabled',
    'Add `jetstream` to the configuration of each NATS server, and `jetstream: enabled` to the account of the hub, as the files in `packaging/nats` do. A server without room on its disk switches JetStream off: make room, and restart it.',
  ),
  TCN_NATS_FULL: entry(
    503,
    'the storage of NATS is full',
    'Make room on the disks, shorten `log.retention`, or raise `max_file_store` of the NATS servers, and restart them one at a time: those of version 2.9 notice only then. The hubs resume by themselves. Whether a refused event is stored is not known: publish it again with the same counter.',
  ),
  TCN_NATS_LIMIT: entry(
    503,
    'a limit of NATS is reached',
    'Raise the setting that the message names, and reload the NATS servers: `max_streams`, `max_consumers` and `max_mem` are in the section `jetstream` of the account of the hubs, `max_connections` is one of the server or of the account. A cluster needs memory too: its members are listed there, so that they know of each other when the disks are full. `tocsin cluster init`, with `--dry-run`, compares the limits with what a cluster needs. The hubs resume by themselves.',
  ),
  TCN_NATS_REFUSED: entry(
    503,
    'a request of the hub was refused by NATS',
    'The message gives the reason. Look for it in the log of the NATS servers, and check their version and the account of the hubs. The hub tries again by itself.',
  ),
  TCN_NATS_SHORT: entry(
    503,
    'the stream in NATS ends before events that a hub has delivered',
    'Start the NATS server that has the newest events. Until one does, nothing is stored, so that no other event takes their places; the hubs ask for another leader of the stream every 3 s, and resume by themselves. If those events are lost for good, restart every hub: the log continues where the stream ends.',
  ),
  TCN_NATS_DIVERGED: entry(
    503,
    'the servers of NATS have something else in the places of events that a hub has delivered',
    'Servers of NATS have lost events that they had acknowledged. Subscribers of the hub receive one gap, `lost-in-damage`, with the range. Upgrade servers before 2.10.27, and restart the hub, so that it knows of producers only what NATS has.',
  ),
  TCN_NATS_OLD: entry(
    409,
    'servers of NATS are too old for a log with replicas',
    'Upgrade every NATS server of the cluster to 2.10.27 or newer, one at a time. Replicas on older ones become different after a fault, and acknowledged events are lost. A single server with `nats.replicas: 1` may be older. With `nats.allowOld: true` the hub starts nevertheless, and its status names the servers.',
  ),
  TCN_NATS_STREAM: entry(
    409,
    'a stream in NATS is not as the hub needs it',
    'Correct the setting that the message names, or use another name for the streams of this cluster.',
  ),
  TCN_LOG_COPY_TARGET: entry(
    409,
    'a log is copied only into an empty stream, or one with an earlier copy of the same log',
    'Name another stream for the copy, or delete this one if nothing in it is needed.',
  ),
  TCN_NATS_PAYLOAD: entry(
    413,
    'an event or value is larger than the messages that NATS takes',
    'Send less, or raise `max_payload` in the configuration of every NATS server.',
  ),
  TCN_LOG_CLOSED: entry(503, 'the log is closed', 'Connect again when the hub has restarted.'),
  TCN_STATE_CONFLICT: entry(
    409,
    'the stored value was changed in the meantime',
    'Read the value again and repeat the change.',
  ),
  TCN_STATE_INVALID: entry(
    400,
    'a bucket name, key or value of the state store is not valid',
    'Correct the part that the message names. Keys are 1 to 512 bytes of text without control characters.',
  ),
  TCN_STATE_WRITE: entry(
    500,
    'a value could not be stored',
    'Check the disk of the data folder for the cause that the message gives.',
  ),
  TCN_STATE_CORRUPT: entry(
    500,
    'the state store cannot be read',
    'Restore the data folder from a copy, or move its state folder away to start with an empty one.',
  ),
  TCN_STATE_NEWER: entry(
    409,
    'the state store was written by a newer version of Tocsin',
    'Start the version that wrote it, or move its state folder away to start with an empty one.',
  ),
  TCN_STATE_CLOSED: entry(503, 'the state store is closed', 'Connect again when the hub has restarted.'),
  TCN_EVENT_EXPIRED: entry(
    404,
    'the log no longer contains the event',
    'Read from `start`, the oldest event. To keep events longer, raise `log.retention`.',
  ),
  TCN_EVENT_UNKNOWN: entry(
    404,
    'no event has this cursor',
    'Check the cursor: the event may have expired, or the cursor may belong to another log.',
  ),
  TCN_BACKUP_INVALID: entry(
    422,
    'a backup is incomplete or damaged',
    'Replace the part that the message names with another copy, or make a new backup.',
  ),
  TCN_BACKUP_FOREIGN: entry(
    409,
    'a backup belongs to another log',
    'Use a separate backup folder for each log.',
  ),
  TCN_RESTORE_NOT_EMPTY: entry(
    409,
    'the folder to restore into is not empty',
    'Choose a new folder with --data, and move the old one away when the new one is complete.',
  ),
})
