#!/bin/sh
# Installs glioscope without a network: sh install.sh [FOLDER]
here=$(cd "$(dirname "$0")" && pwd)
for python in python3.13 python3.12 python3.11 python3 python; do
    "$python" -c "" 2>/dev/null && exec "$python" "$here/install.py" "$@"
done
echo "error: Python is needed and was not found; see README.md" >&2
echo "ошибка: нужен Python, он не найден; см. README.ru.md" >&2
exit 1
