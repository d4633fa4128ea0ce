#pragma once
// Tracks as COCO JSON (Lin et al. 2014, arXiv:1405.0312; the object detection format, with the
// track_id and score that tools for video add): one object, read by pycocotools.
//
//   {"annotations":[{"id":1,"image_id":13,"category_id":1,"bbox":[x,y,width,height],"area":600.0,
//    "segmentation":[],"iscrowd":0,"score":0.912,"track_id":3,"state":"tracked"}, ..],
//    "images":[{"id":13,"file_name":"clip/000013.jpg","width":768,"height":576,"video_id":1,
//    "frame_id":12,"seconds":0.48}, ..],
//    "videos":[{"id":1,"name":"clip.mp4"}],
//    "categories":[{"id":1,"name":"car"}, ..],
//    "info":{"description":..,"version":"heddle 0.1.0","complete":true}}
//
// Every frame has an image, whose id is its number from 1; file names are those that
// `ffmpeg -i clip.mp4 clip/%06d.jpg` writes. Pixels are 0-based, boxes not clipped. Only objects
// seen in the frame are annotations. Categories are numbered as they are met; objects without a
// class are "object". A run that stops early has "complete":false, on standard output too. Memory:
// constant; what must wait for the end goes to a nameless temporary file.
//
// Example: heddle video clip.mp4 -O coco -o clip.coco.json

#include "io/sink.h"

#include <memory>
#include <string>

namespace heddle::io {

/// `path` "-" is standard output. Throws OutputError.
std::unique_ptr<Sink> open_coco(const std::string& path, const SinkOptions& options);

}  // namespace heddle::io
