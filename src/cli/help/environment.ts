/** The part of the manual about the environment of the command. */

type Entry = readonly [name: string, text: string]

/** Environment variables, those of Tocsin first. */
export const environment: readonly Entry[] = [
  [
    'TOCSIN_URL',
    'Address of the hub, if no option gives one: unix:/path, tcp://host:port, tls://, ws://, https:// …; several are separated by commas',
  ],
  ['TOCSIN_TOKEN', 'Token for the hub of TOCSIN_URL or of the command line; a context has its own'],
  ['TRACEPARENT', 'Work that a command is a part of, as W3C Trace Context has it'],
  ['TOCSIN_CA', 'File with the CA certificate (PEM) that signed the certificate of the hub'],
  [
    'TOCSIN_SYSADM_PASSWORD',
    'Password of --user for tocsin sysadm, if --password-file gives none and nobody can be asked',
  ],
  ['TOCSIN_CONFIG', 'Configuration file of tocsin serve, if --config gives none'],
  [
    'TOCSIN_PAGER, PAGER',
    'Pager for read, errors and help on a terminal, the first that is set; less if none is; cat or nothing for no pager',
  ],
  ['TOCSIN_DEBUG', 'Prints the stack of an internal error if it is set'],
  [
    'XDG_RUNTIME_DIR',
    'Its subfolder tocsin is the first place where the socket of the hub is looked for; then /run/tocsin',
  ],
  ['XDG_CONFIG_HOME', 'Its subfolder tocsin has tocsin.yaml and contexts.json; usually ~/.config'],
  [
    'XDG_STATE_HOME',
    'Its subfolder tocsin has log and state of a hub without --data; usually ~/.local/state',
  ],
  ['STATE_DIRECTORY', 'Data folder of a hub that systemd started, before XDG_STATE_HOME'],
  ['NO_COLOR', 'Turns colours off if it is set'],
  [
    'FORCE_COLOR',
    'Turns colours on where the output is not a terminal, if it is set to anything except 0 and false',
  ],
  ['COLUMNS', 'Width of help where the output is not a terminal'],
  ['TERM', 'With dumb, there are no colours and no pager'],
]

export const files: readonly Entry[] = [
  ['/etc/tocsin/tocsin.yaml', 'Configuration of the hub, if the user has none; see tocsin.yaml(5)'],
  ['~/.config/tocsin/tocsin.yaml', 'Configuration of a hub of this user'],
  ['~/.config/tocsin/contexts.json', 'Hubs that the user has named; see tocsin-context(1)'],
  ['/run/tocsin/tocsin.sock', 'Socket of the hub of this machine'],
  ['~/.local/state/tocsin', 'Log and state of a hub of this user'],
]
