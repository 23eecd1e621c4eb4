#!/bin/sh
# Tests talk to a real broker, a real RTSP server and a real browser. Installs them where it may,
# else says what to install; tests that lack them then skip visibly (and fail where CI is set).
# Arguments are further packages.
packages="mosquitto mosquitto-clients strace openssl python3-gi gir1.2-gst-rtsp-server-1.0
 gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad
 gstreamer1.0-plugins-ugly gstreamer1.0-libav libosmesa6 chromium shellcheck $*"
missing=""
if command -v dpkg-query >/dev/null 2>&1; then
    for package in $packages; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q "ok installed" ||
            missing="$missing $package"
    done
else
    command -v mosquitto >/dev/null 2>&1 || missing="$missing mosquitto"
    /usr/bin/python3 -c 'import gi; gi.require_version("GstRtspServer", "1.0")' 2>/dev/null ||
        missing="$missing GStreamer-RTSP-server-for-Python"
    command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
fi
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing for the tests:$missing"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends $missing >/dev/null && exit 0
fi
echo "tests with real parts will be skipped; to run them: sudo apt-get install$missing"
exit 0
