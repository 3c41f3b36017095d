# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# In a lab node: Podman with a container that has no network and one that has Podman's own, and a process that has a network
# namespace without any engine. The number of that is written to a file.
set -eu
engines="$1 -I -S $(dirname "$0")/../../tests/integration/engines.py"

$engines up podman
# What is in the node's UTS namespace ends with the lab, whatever happens.
podman="$engines call podman run -d --uts host --cap-add NET_RAW"
$podman --name shop --network none busybox sleep 600
$podman --name till --network podman busybox sleep 600

setsid --fork unshare --net sh -c 'echo $$ > "$0"; exec sleep 600' "$2" < /dev/null > /dev/null 2>&1
until [ -s "$2" ]; do sleep 0.05; done
