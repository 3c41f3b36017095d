#!/bin/sh
# What the become plugin asks of sudo, written down; with -S a password is read from standard input, as sudo reads it.
if [ "$2" = -S ]; then
    echo "$1 $2 $3 $4" >LOG
    printf '%s' "$4" >&2
    read -r password
    echo "$password" >>LOG
    shift 5
else
    echo "$1 $2 $3 $4" >LOG
    shift 3
fi
exec "$@"
