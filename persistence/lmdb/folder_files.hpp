// The names of the files in a volume's folder, beside LMDB's own lock.mdb.
#pragma once

namespace endure::persistence::lmdb {

constexpr const char* data_name = "data.mdb";
constexpr const char* partial_name = "data.mdb.partial";  // a copy that is not whole yet
constexpr const char* lock_name = "endure.lock";

}  // namespace endure::persistence::lmdb
