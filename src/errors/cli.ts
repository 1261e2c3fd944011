import { area, entry } from './area.js'

export const cliErrors = area('Command line and files', {
  TCN_FORWARD_REFUSED: entry(
    502,
    'the target refused an event',
    'Fix what the answer of the target names, or skip such events with --skip-refused.',
  ),
  TCN_COUNT_INEXACT: entry(
    409,
    'not all numbers are exact',
    'The note before says why: count a shorter period, allow more time, or leave out --strict.',
  ),
  TCN_FILE_UNREADABLE: entry(400, 'a file cannot be read', 'Check the path and the permissions of the file.'),
  TCN_FILE_UNWRITABLE: entry(
    400,
    'a file cannot be written',
    'Check the path, the permissions and the free disk space.',
  ),
  TCN_DATA_FOLDER: entry(
    403,
    'the data folder can be changed by other users',
    'Give it to the user of the hub (chown) and take the right to write from everybody else (chmod 700); each folder above it must belong to root or to that user, and everybody may write only to one with the sticky bit. Or name another folder with --data. Check what is in it before: others could have put it there.',
  ),
  TCN_FILE_EXISTS: entry(
    409,
    'a file already exists and would be overwritten',
    'Choose another place, or overwrite the file with --force.',
  ),
  TCN_FILE_TOO_MANY: entry(
    503,
    'the process or the system has too many files open',
    'Allow more open files (`ulimit -n`, `LimitNOFILE` in systemd; a hub needs at least 256), or lower `limits.connections`.',
  ),
  TCN_INSTALL_ROOT: entry(
    403,
    'only root can change the services of this system',
    'Run it with sudo. --dry-run shows each step without root, and --root prepares a folder instead.',
  ),
  TCN_INSTALL_PACKAGED: entry(
    409,
    'a package manages the service',
    'The package has made user, configuration and unit: `systemctl enable --now tocsin` starts it, and `apt remove tocsin` or `apt purge tocsin` removes it. To use another installation of Tocsin, remove the package first.',
  ),
  TCN_INSTALL_PROGRAM: entry(
    409,
    'the service could not run this command',
    'Install Tocsin and Node.js for the whole system, outside of home and temporary folders, and run the command from there; or name the command with --program.',
  ),
  TCN_INSTALL_FAILED: entry(
    500,
    'a step of the installation failed',
    'Correct what the message says, and run the command again: it continues where it ended.',
  ),
  TCN_USAGE: entry(
    400,
    'the command line is not valid',
    'Run the command with --help to see its arguments and options.',
  ),
  TCN_INPUT_INVALID: entry(
    400,
    'the input is not valid',
    'Correct the input at the place that the message gives.',
  ),
  TCN_INTERNAL: entry(500, 'an internal error occurred', 'Report it together with the message.'),
})
