#!/usr/bin/env bash
# Starts the engines that the tests need, on loopback and in a temporary folder, runs a command with their addresses, and
# stops them, each by its own process id.
set -euo pipefail

folder=$(mktemp -d)
chmod 755 "$folder"
pids=()

stop() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$folder"
}
trap stop EXIT

fail() {
  echo "engines.sh: $*" >&2
  cat "$folder"/*.log >&2
  exit 1
}

# Engines refuse to run as root, so each has the user that its package made.
as() {
  if [ "$(id -u)" = 0 ]; then setpriv --reuid="$1" --regid="$1" --init-groups "${@:2}"; else "${@:2}"; fi
}

# The same for what goes on in the background, in place of the shell there, so that it is the engine that is stopped in the end.
become() {
  if [ "$(id -u)" = 0 ]; then exec setpriv --reuid="$1" --regid="$1" --init-groups "${@:2}"; else exec "${@:2}"; fi
}

# A folder that an engine may write to.
own() {
  mkdir "$folder/$2"
  if [ "$(id -u)" = 0 ]; then chown "$1" "$folder/$2"; fi
}

# Below the ports that connections go out from, since those come and go; and free with the bus of a cluster's node, which has
# the port and 10000.
free_port() {
  local port
  while true; do
    port=$((RANDOM % 2700 + 20000))
    if ! { : <"/dev/tcp/127.0.0.1/$port"; } 2>/dev/null && ! { : <"/dev/tcp/127.0.0.1/$((port + 10000))"; } 2>/dev/null; then
      echo "$port"
      return
    fi
  done
}

answers() {
  for _ in $(seq 300); do
    if "$@" >/dev/null 2>&1; then return; fi
    sleep 0.1
  done
  fail "no answer: $*"
}

postgres_bin=$(ls -d /usr/lib/postgresql/*/bin | tail -n 1)
own postgres postgres
as postgres "$postgres_bin/initdb" --auth=trust --no-sync -D "$folder/postgres/data" >"$folder/postgres.log"
port=$(free_port)
become postgres "$postgres_bin/postgres" -D "$folder/postgres/data" -p "$port" -c max_connections=400 \
  -c listen_addresses=127.0.0.1 -c unix_socket_directories= >>"$folder/postgres.log" 2>&1 &
pids+=($!)
export POSTGRES_URL=postgres://postgres@127.0.0.1:$port
answers "$postgres_bin/pg_isready" -h 127.0.0.1 -p "$port"

own mysql mysql
as mysql mariadb-install-db --no-defaults --auth-root-authentication-method=normal --datadir="$folder/mysql/data" \
  >"$folder/mysql.log" 2>&1
port=$(free_port)
become mysql mariadbd --no-defaults --datadir="$folder/mysql/data" --port="$port" --bind-address=127.0.0.1 \
  --max-connections=400 --socket="$folder/mysql/socket" --pid-file="$folder/mysql/pid" >>"$folder/mysql.log" 2>&1 &
pids+=($!)
export MYSQL_URL=mysql://root@127.0.0.1:$port
answers mariadb-admin --no-defaults --protocol=tcp -h 127.0.0.1 -P "$port" -u root ping

port=$(free_port)
redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no >"$folder/redis.log" &
pids+=($!)
export REDIS_URL=redis://127.0.0.1:$port
answers redis-cli -p "$port" ping

nodes=()
export REDIS_CLUSTER_URLS=''
for _ in 1 2 3 4 5 6; do
  port=$(free_port)
  mkdir "$folder/node-$port"
  redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no --dir "$folder/node-$port" \
    --cluster-enabled yes --cluster-node-timeout 2000 >"$folder/node-$port.log" &
  pids+=($!)
  nodes+=("127.0.0.1:$port")
  REDIS_CLUSTER_URLS+="${REDIS_CLUSTER_URLS:+ }redis://127.0.0.1:$port"
  answers redis-cli -p "$port" ping
done
redis-cli --cluster create "${nodes[@]}" --cluster-replicas 1 --cluster-yes >"$folder/cluster.log"
cluster_is_whole() { for node in "${nodes[@]}"; do redis-cli -p "${node##*:}" cluster info | grep -q cluster_state:ok || return 1; done; }
answers cluster_is_whole

"$@"
