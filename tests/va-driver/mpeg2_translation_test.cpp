// SPDX-License-Identifier: BSD-2-Clause
#include <gtest/gtest.h>

#include <linux/v4l2-controls.h>

#include <algorithm>

#include "tests/va-driver/translation_test.h"
#include "va-driver/codecs.h"

namespace daedalus::va {
namespace {

constexpr VASurfaceID kOlder = 101;
constexpr VASurfaceID kNewer = 102;

class Mpeg2Translation : public TranslationTest<VAPictureParameterBufferMPEG2> {
protected:
    Mpeg2Translation() : TranslationTest(va::createMpeg2Translator(VAProfileMPEG2Main)) {}

    auto &bits() { return picture.picture_coding_extension.bits; }

    void SetUp() override
    {
        picture.horizontal_size = 720;
        picture.vertical_size = 496; // 31 rows of macroblocks, or 32 where they are in pairs
        picture.forward_reference_picture = VA_INVALID_SURFACE;
        picture.backward_reference_picture = VA_INVALID_SURFACE;
        picture.picture_coding_type = V4L2_MPEG2_PIC_CODING_TYPE_I;
        picture.f_code = 0xffff;
        bits().picture_structure = V4L2_MPEG2_PIC_FRAME;
        bits().progressive_frame = 1;
        surfaces[kOlder] = fileSurface(64, 48);
        surfaces[kNewer] = fileSurface(64, 48);
        setDecoded(*surfaces[kOlder], 5000);
        setDecoded(*surfaces[kNewer], 6000);
    }

    va::VaResult<va::StatelessRequest> translate(VASurfaceID target = kTarget)
    {
        VASliceParameterBufferMPEG2 slice{};
        slice.slice_data_size = static_cast<uint32_t>(data.size());
        slice.slice_vertical_position = row;
        addSlices(slice, data);
        if (matrices) {
            buffers.iqMatrix = bufferOf(*matrices);
        }
        return TranslationTest::translate(target);
    }

    std::optional<VAIQMatrixBufferMPEG2> matrices;
    std::vector<uint8_t> data{0, 0, 1, 1, 0x12, 0x34};
    uint32_t row = 0;
};

using Sequence = v4l2_ctrl_mpeg2_sequence;
using Picture = v4l2_ctrl_mpeg2_picture;
using Matrices = v4l2_ctrl_mpeg2_quantisation;
constexpr uint32_t kSequence = V4L2_CID_STATELESS_MPEG2_SEQUENCE;
constexpr uint32_t kPicture = V4L2_CID_STATELESS_MPEG2_PICTURE;
constexpr uint32_t kMatrices = V4L2_CID_STATELESS_MPEG2_QUANTISATION;

TEST_F(Mpeg2Translation, FillsTheControls)
{
    picture.picture_coding_type = V4L2_MPEG2_PIC_CODING_TYPE_B;
    picture.forward_reference_picture = kOlder;
    picture.backward_reference_picture = kNewer;
    picture.f_code = 0x1234;
    bits().intra_dc_precision = 2;
    bits().alternate_scan = 1;
    bits().q_scale_type = 1;
    const auto request = translate();
    ASSERT_TRUE(request);
    EXPECT_EQ(data, request->bitstream);
    EXPECT_EQ(720U, request->codedWidth);
    EXPECT_EQ(496U, request->codedHeight);
    EXPECT_EQ(2U, request->references.size());
    const auto sequence = control<Sequence>(request, kSequence);
    EXPECT_EQ(720, sequence.horizontal_size);
    EXPECT_EQ(496, sequence.vertical_size);
    EXPECT_EQ(1, sequence.chroma_format);
    EXPECT_EQ(V4L2_MPEG2_SEQ_FLAG_PROGRESSIVE, sequence.flags);
    const auto control = this->control<Picture>(request, kPicture);
    EXPECT_EQ(5000U, control.forward_ref_ts);
    EXPECT_EQ(6000U, control.backward_ref_ts);
    EXPECT_EQ(1, control.f_code[0][0]);
    EXPECT_EQ(2, control.f_code[0][1]);
    EXPECT_EQ(3, control.f_code[1][0]);
    EXPECT_EQ(4, control.f_code[1][1]);
    EXPECT_EQ(2, control.intra_dc_precision);
    EXPECT_EQ(V4L2_MPEG2_PIC_FLAG_ALT_SCAN | V4L2_MPEG2_PIC_FLAG_Q_SCALE_TYPE |
                  V4L2_MPEG2_PIC_FLAG_PROGRESSIVE,
              static_cast<int>(control.flags));
}

TEST_F(Mpeg2Translation, KeepsMatricesThatAreNotLoaded)
{
    EXPECT_EQ(83, control<Matrices>(translate(), kMatrices).intra_quantiser_matrix[63]);
    matrices.emplace();
    matrices->load_intra_quantiser_matrix = 1;
    std::ranges::fill(matrices->intra_quantiser_matrix, uint8_t{99});
    std::ranges::fill(matrices->non_intra_quantiser_matrix, uint8_t{98});
    translate();
    matrices.reset();
    const auto kept = control<Matrices>(translate(), kMatrices);
    EXPECT_EQ(99, kept.intra_quantiser_matrix[63]);
    EXPECT_EQ(16, kept.non_intra_quantiser_matrix[63]);
}

TEST_F(Mpeg2Translation, FindsOutThatASequenceIsInterlaced)
{
    EXPECT_EQ(V4L2_MPEG2_SEQ_FLAG_PROGRESSIVE, control<Sequence>(translate(), kSequence).flags);
    row = 30;
    EXPECT_EQ(V4L2_MPEG2_SEQ_FLAG_PROGRESSIVE, control<Sequence>(translate(), kSequence).flags);
    row = 31;
    EXPECT_EQ(0, control<Sequence>(translate(), kSequence).flags);
    row = 0;
    EXPECT_EQ(0, control<Sequence>(translate(), kSequence).flags) << "it stays so";
}

TEST_F(Mpeg2Translation, PairsFields)
{
    bits().progressive_frame = 0;
    bits().picture_structure = V4L2_MPEG2_PIC_TOP_FIELD;
    EXPECT_FALSE(translate()->secondField);
    EXPECT_FALSE(translate()->secondField) << "of the same parity";
    bits().picture_structure = V4L2_MPEG2_PIC_BOTTOM_FIELD;
    picture.picture_coding_type = V4L2_MPEG2_PIC_CODING_TYPE_P;
    picture.forward_reference_picture = 0; // FFmpeg, where only the first field is referred to
    const auto second = translate();
    ASSERT_TRUE(second);
    EXPECT_TRUE(second->fieldPicture);
    EXPECT_TRUE(second->secondField);
    picture.forward_reference_picture = kNewer;
    EXPECT_FALSE(translate()->secondField) << "the frame is complete";
    bits().picture_structure = V4L2_MPEG2_PIC_TOP_FIELD;
    EXPECT_FALSE(translate(kOlder)->secondField) << "of another frame";
}

TEST_F(Mpeg2Translation, RefusesWhatMakesNoSense)
{
    data[3] = 0xb3;
    EXPECT_EQ(VA_STATUS_ERROR_DECODING_ERROR, translate().error());
    data[3] = 1;
    picture.picture_coding_type = V4L2_MPEG2_PIC_CODING_TYPE_D;
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_BUFFER, translate().error());
    picture.picture_coding_type = V4L2_MPEG2_PIC_CODING_TYPE_P;
    picture.forward_reference_picture = 12345;
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_SURFACE, translate().error());
    bits().picture_structure = 0;
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_BUFFER, translate().error());
}

} // namespace
} // namespace daedalus::va
