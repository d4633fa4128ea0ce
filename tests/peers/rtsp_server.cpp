// A small RTSP server for tests: one H.264 clip in an mp4 file, to each client from its start and
// at its own speed; then the stream ends.
//
//   rtsp_server CLIP PORT      PORT 0: any that is free. Prints its address, then serves until
//   killed.

#include <gst/rtsp-server/rtsp-server.h>

#include <cstdio>
#include <string>

namespace {

/// As gst_parse_launch() reads it: quoted, so that a path may hold spaces.
std::string launch_line(const std::string& clip) {
  return "( filesrc location=\"" + clip +
         "\" ! qtdemux ! rtph264pay name=pay0 pt=96 config-interval=1 )";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 || std::string(argv[1]).find('"') != std::string::npos) {
    std::fprintf(stderr, "usage: rtsp_server CLIP PORT (a path without quotes)\n");
    return 2;
  }
  gst_init(nullptr, nullptr);
  GstRTSPServer* server = gst_rtsp_server_new();
  gst_rtsp_server_set_address(server, "127.0.0.1");
  gst_rtsp_server_set_service(server, argv[2]);

  GstRTSPMediaFactory* factory = gst_rtsp_media_factory_new();
  gst_rtsp_media_factory_set_launch(factory, launch_line(argv[1]).c_str());
  GstRTSPMountPoints* mounts = gst_rtsp_server_get_mount_points(server);
  gst_rtsp_mount_points_add_factory(mounts, "/clip", factory);
  g_object_unref(mounts);

  if (gst_rtsp_server_attach(server, nullptr) == 0) {
    std::fprintf(stderr, "rtsp_server: port %s cannot be listened on\n", argv[2]);
    return 1;
  }
  std::printf("rtsp://127.0.0.1:%d/clip\n", gst_rtsp_server_get_bound_port(server));
  std::fflush(stdout);
  g_main_loop_run(g_main_loop_new(nullptr, FALSE));
  return 0;
}
