# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# In a lab node: users, sudo and an ssh server, with the keys of a folder. Nothing of it is the machine's: what must stand
# in /etc is mounted over it in the node's own mount namespace, the rest is in the node's own /run.
set -eu
keys=$1
mkdir -p /run/sshd /run/ssh
install -d -o 64000 -g 64000 /run/operator

cat > /run/ssh/passwd <<END
root:*:0:0:root:/run/home:/bin/sh
sshd:*:64001:65534::/run/sshd:/usr/sbin/nologin
operator:*:64000:64000::/run/operator:/bin/sh
END
echo "127.0.0.1 localhost $(hostname)" > /run/ssh/hosts
printf '%s\n' 'Defaults logfile=/run/ssh/sudo.log, loglinelen=0' 'operator ALL=(root) NOPASSWD: ALL' > /run/ssh/sudoers
chmod 440 /run/ssh/sudoers
for name in passwd hosts sudoers; do
    mount --bind /run/ssh/$name /etc/$name
done

cp "$keys/user.pub" /run/ssh/authorized_keys
cat > /run/ssh/sshd_config <<END
HostKey $keys/host
AuthorizedKeysFile /run/ssh/authorized_keys
AuthenticationMethods publickey
PermitRootLogin prohibit-password
UsePAM no
PidFile /run/ssh/pid
Subsystem sftp internal-sftp
LogLevel VERBOSE
END
/usr/sbin/sshd -f /run/ssh/sshd_config -E /run/ssh/log
